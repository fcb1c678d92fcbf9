"""Every change leaves one entry of who made it, in its own transaction; nothing takes it away again."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from certmark.domain.errors import CannotProceed
from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.api.application import application
from certmark.server.api.routes import Route
from certmark.server.api.v2 import ROUTES
from certmark.server.asking import Asker
from certmark.server.dumps.restoring import restore
from certmark.server.dumps.writing import dump
from certmark.server.opening import add_identity, services_of
from certmark.server.services import offices, sessions, sources, tokens
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import audit
from certmark.server.store.audit import AuditEntry
from certmark.server.store.migrating import HEAD, migrate, steps
from server.conftest import newcomer
from support.certification import planted_certificate
from support.old_accounts import old_account
from support.operated_server import certmark_server, serving
from support.server import answering
from support.signed import Signed
from support.ssh_proofs import proof_of_new_key
from support.surveys import guideline_document

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
OF_SOMETHING_BEGUN = {"send_piece", "put_progress", "put_progress_of_assignment"}
ANSWERS = {"show_impact", "show_evidence_of_clouds"}
"""A draft is sent along with the question; nothing changes."""
PROGRESS = OF_SOMETHING_BEGUN | ANSWERS | {"challenge_key", "challenge_vendor_key", "take_over_account"}
"""How far something is that was begun, which has an entry: they come many times a minute, and change nothing else.

A challenge changes nothing until it is answered; of accounts that are taken over tests of those look for entries.
"""
PUBLISHER = {"ci": "hub", "claims": {"repository_id": "1", "repository_owner_id": "2"}}
OF_A_VENDORS_RUN = {"attach_run", "detach_run", "make_official", "verify_run"}
CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
KNOWN: dict[str, Asker] = {}
"""Whom the server knows."""


def entries(services: Services, subject: str | None = None) -> list[AuditEntry]:
    with services.database.read() as transaction:
        return audit.entries(transaction, 1000, subject=subject)


class Client:
    """Somebody who asks a real server; and others, who do what must be done before."""

    def __init__(self, server: tuple[str, Services], folder: Path, signed: Signed) -> None:
        self.url, self.services = f"{server[0]}/api/v2", server[1]
        self.signed, self._folder = signed, folder
        self.people = {name: newcomer(self.services, name) for name in ("ada", "bob", "office")}
        offices.appoint(self.services, self.people["office"].name, frozenset({Role.OFFICE}), "")
        self.asker = self.people["ada"]

    def ask(self, method: str, path: str, who: str = "", **more: Any) -> requests.Response:
        asker = self.people[who] if who else self.asker
        headers = {"Who": asker.name, **more.pop("headers", {})}
        KNOWN[asker.name] = asker
        return requests.request(method, self.url + path, headers=headers, timeout=60, **more)

    def done(self, method: str, path: str, who: str = "", **more: Any) -> Any:
        answer = self.ask(method, path, who, headers={"If-Match": "*"}, **more)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def made(self, path: str, **more: Any) -> str:
        return str(self.done("POST", path, **more)["id"])

    def run(self) -> str:
        return self.made("/runs?name=r.xml", params={"subject": CLOUD}, data=RESULTS)

    def bundle(self) -> str:
        return self.made("/runs?name=r.tar.gz", data=Path(self.signed.bundle).read_bytes())

    def upload(self) -> str:
        return self.made("/uploads", params={"name": "r.xml", "size": str(len(RESULTS))})

    def whole_upload(self) -> str:
        upload = self.upload()
        self.done("PATCH", f"/uploads/{upload}?offset=0", data=RESULTS)
        return upload

    def live(self) -> str:
        return self.made("/live")

    def token(self) -> str:
        return self.made("/account/tokens", json={"label": "x"})

    def session(self) -> str:
        with self.services.database.write() as transaction:
            sessions.begin(self.services, transaction, self.asker, ("none", "", ""))
        return str(self.done("GET", "/account/sessions")["sessions"][0]["id"])

    def new_key(self) -> dict[str, str]:
        challenge = self.done("POST", "/account/challenges")["challenge"]
        return proof_of_new_key(self._folder, challenge)

    def old_key(self) -> dict[str, str]:
        """Of an account that came from RefStack."""
        proof = self.new_key()
        old_account(self.services, proof["key"])
        return proof

    def query(self) -> str:
        return str(self.done("POST", "/queries", json={"q": f"cloud:{secrets.token_hex(8)}"})["short"])

    def new_subscription(self) -> dict[str, str]:
        return {"query": self.query(), "url": "https://example.org/hook", "condition": "changed"}

    def subscription(self) -> str:
        return self.made("/subscriptions", json=self.new_subscription())

    def order(self) -> str:
        return str(self.done("POST", "/orders", "office", json=ORDER)["id"])

    def due_order(self) -> str:
        order = self.order()
        self.done("POST", f"/orders/{order}/start", "office")
        return order

    def runner(self) -> str:
        name = f"r{secrets.token_hex(8)}"
        self.done("POST", "/runners/claim", "office", json={"name": name, "clouds": []})
        found = self.done("GET", "/runners", "office")["runners"]
        return str(next(one["id"] for one in found if one["name"] == name))

    def assignment(self) -> str:
        cloud = f"c{secrets.token_hex(8)}"
        order = str(self.done("POST", "/orders", "office", json=_order_of(cloud))["id"])
        self.done("POST", f"/orders/{order}/start", "office")
        claim = {"name": "one", "clouds": [cloud]}
        return str(self.done("POST", "/runners/claim", "office", json=claim)["assignment"]["id"])

    def claiming(self) -> dict[str, Any]:
        cloud = f"c{secrets.token_hex(8)}"
        order = str(self.done("POST", "/orders", "office", json=_order_of(cloud))["id"])
        self.done("POST", f"/orders/{order}/start", "office")
        return {"name": "two", "clouds": [cloud]}

    def key(self) -> str:
        return self.made("/account/keys", json=self.new_key())

    def publisher(self) -> str:
        return self.made("/account/publishers", json=PUBLISHER)

    def vendor_token(self) -> str:
        vendor = self.vendor()
        return f"{vendor}/tokens/{self.made(f'/vendors/{vendor}/tokens', json={'label': 'x'})}"

    def vendor_publisher(self) -> str:
        vendor = self.vendor()
        return f"{vendor}/publishers/{self.made(f'/vendors/{vendor}/publishers', json=PUBLISHER)}"

    def own_vendor(self) -> str:
        """The one that somebody has, or a new one."""
        found = self.done("GET", "/vendors?mine=true")["vendors"]
        return str(found[0]["id"]) if found else self.vendor()

    def new_vendor_key(self) -> dict[str, str]:
        challenge = self.done("POST", f"/vendors/{self.own_vendor()}/challenges")["challenge"]
        return proof_of_new_key(self._folder, challenge)

    def vendor_key(self) -> str:
        vendor = self.own_vendor()
        return f"{vendor}/keys/{self.made(f'/vendors/{vendor}/keys', json=self.new_vendor_key())}"

    def vendor(self) -> str:
        return self.made("/vendors", json={"name": f"Vendor of {self.asker.name}"})

    def pending(self) -> str:
        vendor = self.vendor()
        self.done("POST", f"/vendors/{vendor}/approval")
        return vendor

    def approved(self) -> str:
        vendor = self.pending()
        self.done("POST", f"/vendors/{vendor}/decision", "office", json={"approve": True, "reason": "known"})
        return vendor

    def invited(self, vendor: str) -> dict[str, Any]:
        return dict(self.done("POST", f"/vendors/{vendor}/invitations", json={}))

    def member(self) -> str:
        """Bob, as the path has him."""
        vendor = self.vendor()
        self.done("POST", "/invitations", "bob", json={"word": self.invited(vendor)["word"]})
        return f"{vendor}/members/{ids.written(self.person('bob'))}"

    def person(self, name: str) -> bytes:
        identity = self.people[name].identity
        assert identity is not None
        return identity

    def vendor_of_bob(self) -> str:
        return self.member().partition("/")[0]

    def invitation(self) -> str:
        vendor = self.vendor()
        return f"{vendor}/invitations/{self.invited(vendor)['invitation']['id']}"

    def designated(self) -> str:
        vendor = self.approved()
        ada = {"role": "designate", "person": ids.written(self.person("ada")), "reason": "letter"}
        self.done("PUT", f"/vendors/{vendor}/designate", "office", json=ada)
        return vendor

    def product(self) -> str:
        return self.product_of(self.vendor())

    def product_of(self, vendor: str) -> str:
        return self.made(f"/vendors/{vendor}/products", json={"name": "Cloud", "kind": "appliance"})

    def new_nomination(self) -> dict[str, str]:
        return {"test": f"x.{secrets.token_hex(8)}", "link": "https://example.org/", "reason": "x"}

    def nomination(self) -> str:
        self.run()
        return self.made("/nominations", json=self.new_nomination())

    def version(self) -> str:
        return self.version_of(self.vendor())

    def version_of(self, vendor: str) -> str:
        return self.made(f"/products/{self.product_of(vendor)}/versions", json={"name": "1", "clouds": [CLOUD]})

    def attached(self) -> str:
        run, version = self.run(), self.version_of(self.designated())
        self.done("PUT", f"/runs/{run}/claim", json={"version": version})
        return run

    def drafted(self) -> str:
        return self.made("/applications", json=self.new_draft())

    def new_draft(self) -> dict[str, str]:
        version = self.version_of(self.designated())
        return {"version": version, "programme": "openstack-powered", "program": "compute", "guideline": "2026.11"}

    def disclosed(self) -> str:
        run, application = self.run(), self.drafted()
        version = self.done("GET", f"/applications/{application}")["version"]
        self.done("PUT", f"/runs/{run}/claim", json={"version": version})
        self.done("PATCH", f"/applications/{application}", json={"runs": [run]})
        return f"{application}/disclosures/{run}"

    def certificate(self) -> str:
        vendor = self.designated()
        version = self.version_of(vendor)
        product = self.done("GET", f"/versions/{version}")["product"]
        return ids.written(planted_certificate(self.services, *map(ids.read, (vendor, product, version))))

    def new_challenge(self) -> dict[str, Any]:
        said = {"claim": "It fails.", "prevented": "It is closed."}
        return {"kind": "challenge", "certificate": self.certificate(), "values": said}

    def case(self) -> str:
        return self.made("/cases", json=self.new_challenge())

    def official(self) -> str:
        run = self.attached()
        self.done("PUT", f"/runs/{run}/official", json={"official": True})
        return run


class Change(NamedTuple):
    """A request that changes something."""

    method: str
    path: str
    action: str
    """What the audit says of it."""
    before: Callable[[Client], str] = lambda _: ""
    """What must be there, as `{}` of the path has it."""
    body: Any = None
    """JSON, bytes, or what makes either of the client."""
    who: str = "ada"


def _agreement(client: Client) -> dict[str, str]:
    text = f"a text of {client.asker.name}".encode()
    agreement = client.done(
        "POST", "/agreements", "office", params={"name": client.asker.name, "version": "1"}, data=text
    )
    return {"sha256": agreement["sha256"]}


def _into_another(client: Client) -> dict[str, str]:
    client.asker = client.people["bob"]
    into = client.approved()
    client.asker = client.people["ada"]
    return {"into": into, "reason": "bought"}


SAID = dict.fromkeys(("marketplace", "logo", "bare-metal", "kubernetes"), "yes") | {"object-storage": "swift"}


def _order_of(cloud: str) -> dict[str, Any]:
    return {"terms": {"name": "nightly", "cloud": cloud, "program": "compute"}, "schedule": "by hand"}


ORDER = _order_of("north")
APPROVE = {"approve": True, "reason": "known"}
CHANGES: dict[str, Change] = {
    "submit_run": Change("POST", "/runs?name=r.xml", "run.add", body=RESULTS),
    "attest_run": Change(
        "PUT", "/runs/{}/attestation", "run.attest", Client.bundle, lambda client: client.signed.attestation()
    ),
    "delete_run": Change("DELETE", "/runs/{}", "run.delete", Client.run),
    "begin_upload": Change("POST", "/uploads?name=r.xml&size=9", "upload.begin"),
    "finish_upload": Change("POST", "/uploads/{}/run", "run.add", Client.whole_upload),
    "delete_upload": Change("DELETE", "/uploads/{}", "upload.delete", Client.upload),
    "begin_live": Change("POST", "/live", "live.begin"),
    "end_live": Change("DELETE", "/live/{}", "live.end", Client.live),
    "save_query": Change("POST", "/queries", "query.save", body=lambda _: {"q": f"cloud:{secrets.token_hex(8)}"}),
    "add_order": Change("POST", "/orders", "order.add", body=ORDER, who="office"),
    "edit_order": Change("PATCH", "/orders/{}", "order.paused", Client.order, {"state": "paused"}, "office"),
    "start_order": Change("POST", "/orders/{}/start", "order.start", Client.order, who="office"),
    "cancel_order": Change("POST", "/orders/{}/cancel", "order.cancel", Client.due_order, {}, "office"),
    "claim_assignment": Change("POST", "/runners/claim", "assignment.claim", body=Client.claiming, who="office"),
    "end_assignment": Change(
        "PUT",
        "/assignments/{}/end",
        "order.done",
        Client.assignment,
        {"attempt": 1, "state": "skipped", "reason": "not alive"},
        "office",
    ),
    "edit_runner": Change("PATCH", "/runners/{}", "runner.drain", Client.runner, {"drained": True}, "office"),
    "remove_runner": Change("DELETE", "/runners/{}", "runner.remove", Client.runner, who="office"),
    "subscribe": Change("POST", "/subscriptions", "subscription.add", body=Client.new_subscription),
    "edit_subscription": Change(
        "PATCH", "/subscriptions/{}", "subscription.pause", Client.subscription, {"paused": True}
    ),
    "remove_subscription": Change("DELETE", "/subscriptions/{}", "subscription.remove", Client.subscription),
    "test_subscription": Change("POST", "/subscriptions/{}/test", "subscription.test", Client.subscription),
    "vote": Change("PUT", "/votes?test=a.B.c", "vote.put", Client.run, {"is_for": True, "reason": "x"}),
    "take_vote_back": Change("DELETE", "/votes?test=a.B.c", "vote.remove", Client.run),
    "nominate_test": Change("POST", "/nominations", "nomination.add", Client.run, Client.new_nomination),
    "withdraw_nomination": Change("DELETE", "/nominations/{}", "nomination.remove", Client.nomination),
    "answer_questionnaire": Change(
        "PUT", "/questionnaires/interoperability/answers", "answer.put", body={"answers": SAID}
    ),
    "take_answers_back": Change("DELETE", "/questionnaires/interoperability/answers", "answer.remove"),
    "choose_notices": Change("PUT", "/notices/choices", "notices.choose", body={"daily": True}),
    "make_token": Change("POST", "/account/tokens", "token.add", body={"label": "x"}),
    "revoke_token": Change("DELETE", "/account/tokens/{}", "token.revoke", Client.token),
    "end_session": Change("DELETE", "/account/sessions/{}", "session.end", Client.session),
    "add_key": Change("POST", "/account/keys", "key.add", body=Client.new_key),
    "remove_key": Change("DELETE", "/account/keys/{}", "key.remove", Client.key),
    "add_publisher": Change("POST", "/account/publishers", "publisher.add", body=PUBLISHER),
    "remove_publisher": Change("DELETE", "/account/publishers/{}", "publisher.remove", Client.publisher),
    "register_vendor": Change("POST", "/vendors", "vendor.register", body={"name": "New"}),
    "edit_vendor": Change("PATCH", "/vendors/{}", "vendor.edit", Client.vendor, {"description": "x"}),
    "remove_vendor": Change("DELETE", "/vendors/{}", "vendor.remove", Client.vendor),
    "ask_for_approval": Change("POST", "/vendors/{}/approval", "vendor.ask", Client.vendor),
    "ask_no_more": Change("DELETE", "/vendors/{}/approval", "vendor.ask_no_more", Client.pending),
    "decide_on_vendor": Change("POST", "/vendors/{}/decision", "vendor.approve", Client.pending, APPROVE, who="office"),
    "merge_vendor": Change("POST", "/vendors/{}/merger", "vendor.merge", Client.vendor, _into_another, who="office"),
    "put_member": Change("PUT", "/vendors/{}", "member.put", Client.member, {"administrator": True}),
    "remove_member": Change("DELETE", "/vendors/{}", "member.remove", Client.member),
    "hand_over_vendor": Change(
        "POST",
        "/vendors/{}/handover",
        "vendor.hand_over",
        Client.vendor_of_bob,
        lambda client: {"to": ids.written(client.person("bob"))},
    ),
    "appoint_designate": Change(
        "PUT",
        "/vendors/{}/designate",
        "designate.appoint",
        Client.vendor,
        lambda client: {"role": "designate", "person": ids.written(client.person("ada")), "reason": "letter"},
        who="office",
    ),
    "invite_member": Change("POST", "/vendors/{}/invitations", "member.invite", Client.vendor, {}),
    "withdraw_invitation": Change("DELETE", "/vendors/{}", "member.invite_no_more", Client.invitation),
    "accept_invitation": Change(
        "POST",
        "/invitations",
        "member.join",
        body=lambda client: {"word": client.invited(client.vendor())["word"]},
        who="bob",
    ),
    "publish_agreement": Change(
        "POST",
        "/agreements?name={}&version=1",
        "agreement.publish",
        lambda client: client.asker.name,
        lambda client: client.asker.name.encode(),
        who="office",
    ),
    "accept_agreement": Change("POST", "/vendors/{}/agreements", "agreement.accept", Client.designated, _agreement),
    "add_product": Change(
        "POST", "/vendors/{}/products", "product.add", Client.vendor, {"name": "Cloud", "kind": "appliance"}
    ),
    "edit_product": Change("PATCH", "/products/{}", "product.edit", Client.product, {"description": "x"}),
    "remove_product": Change("DELETE", "/products/{}", "product.remove", Client.product),
    "add_version": Change("POST", "/products/{}/versions", "version.add", Client.product, {"name": "1"}),
    "edit_version": Change("PATCH", "/versions/{}", "version.edit", Client.version, {"name": "2"}),
    "remove_version": Change("DELETE", "/versions/{}", "version.remove", Client.version),
    "edit_run": Change("PATCH", "/runs/{}", "run.edit", Client.run, {"public": True}),
    "attach_run": Change(
        "PUT",
        "/runs/{}/claim",
        "run.attach",
        Client.run,
        lambda client: {"version": client.version_of(client.vendor())},
    ),
    "detach_run": Change("DELETE", "/runs/{}/claim", "run.detach", Client.attached),
    "make_official": Change("PUT", "/runs/{}/official", "run.official", Client.attached, {"official": True}),
    "verify_run": Change(
        "PUT", "/runs/{}/verification", "run.verify", Client.official, {"verified": True, "reason": "x"}, who="office"
    ),
    "take_over_account": Change("POST", "/account/takeover", "account.join", body=Client.old_key),
    "make_vendor_token": Change("POST", "/vendors/{}/tokens", "token.add", Client.vendor, {"label": "x"}),
    "revoke_vendor_token": Change("DELETE", "/vendors/{}", "token.revoke", Client.vendor_token),
    "add_vendor_key": Change("POST", "/vendors/{}/keys", "key.add", Client.own_vendor, Client.new_vendor_key),
    "remove_vendor_key": Change("DELETE", "/vendors/{}", "key.remove", Client.vendor_key),
    "add_vendor_publisher": Change("POST", "/vendors/{}/publishers", "publisher.add", Client.vendor, PUBLISHER),
    "remove_vendor_publisher": Change("DELETE", "/vendors/{}", "publisher.remove", Client.vendor_publisher),
    "draft_application": Change("POST", "/applications", "application.draft", body=Client.new_draft),
    "renew_certificate": Change(
        "POST", "/renewals", "application.draft", body=lambda client: {"certificate": client.certificate()}
    ),
    "edit_application": Change(
        "PATCH", "/applications/{}", "application.edit", Client.drafted, {"contacts": ["ops@example.org"]}
    ),
    "reveal_values": Change("PUT", "/applications/{}", "application.reveal", Client.disclosed, RESULTS),
    "move_application": Change("POST", "/applications/{}/discard", "application.discard", Client.drafted, {}),
    "move_certificate": Change(
        "POST", "/certificates/{}/withdraw", "certificate.withdraw", Client.certificate, {"values": {"reason": "x"}}
    ),
    "file_case": Change("POST", "/cases", "challenge.file", body=Client.new_challenge),
    "move_case": Change("POST", "/cases/{}/withdraw", "challenge.withdraw", Client.case, {}),
    "erase_own_data": Change("DELETE", "/account/data", "person.erase"),
}
"""By operation: the request, and the entry that it leaves; nothing else does."""
_OF_VERSIONS = {"add_version", "edit_version", "remove_version"}
_OF_ACCESS = {name for name in CHANGES if "_vendor_" in name}
"""The history of the vendor has it as well."""
OF_TWO = {"merge_vendor", "add_product", "remove_product", *_OF_VERSIONS, *OF_A_VENDORS_RUN}
"""It is said of the thing, and of the vendor or product whose it is or becomes: an entry for each."""


@pytest.fixture(scope="module")
def server(lasting: Services) -> Iterator[tuple[str, Services]]:
    """It knows people by the header `Who`."""
    with answering(application(lasting, lambda request: KNOWN[request.headers["who"]])) as url:
        yield url, lasting


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    return Signed(tmp_path_factory.mktemp("signed"))


@pytest.fixture
def client(server: tuple[str, Services], signed: Signed, tmp_path: Path) -> Client:
    return Client(server, tmp_path, signed)


def changing(route: Route) -> bool:
    return route.method != "GET" and route.name not in PROGRESS


def asked(client: Client, change: Change) -> Callable[[], requests.Response]:
    """The request, once all is there that it needs."""
    path = change.path.format(change.before(client))
    body = change.body(client) if callable(change.body) else change.body
    more = {"data": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
    return lambda: client.ask(change.method, path, change.who, headers={"If-Match": "*"}, **more)


@pytest.mark.parametrize("name", [route.name for route in ROUTES if changing(route)])
def test_whoever_changes_something_leaves_one_entry(client: Client, name: str) -> None:
    change = CHANGES[name]
    request = asked(client, change)
    before = entries(client.services)[0].number
    answer = request()
    assert answer.ok, answer.text
    found = [one for one in entries(client.services) if one.number > before]
    second = [f"vendor.{change.action}"] if name in _OF_ACCESS else [change.action] if name in OF_TWO else []
    assert [one.action for one in found] == [*second, change.action]
    asker = client.people[change.who]
    assert {(one.identity, bool(one.request)) for one in found} == {(asker.identity, True)}
    said = answer.json() if answer.content else {}
    if "id" in said:
        assert said["id"] in {one.subject for one in found}
    elif "{}" in change.path and name != "publish_agreement":
        assert any(one.subject in answer.url for one in found)


@pytest.mark.parametrize("name", [route.name for route in ROUTES if changing(route)])
def test_a_change_whose_entry_cannot_be_written_is_none(
    client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(client, CHANGES[name])
    before = state(client)

    def full(*_: object) -> None:
        raise CannotProceed("no room for an entry")

    monkeypatch.setattr(audit, "note", full)
    assert request().status_code == 503
    assert state(client) == before


LISTS = (
    "/runs",
    "/uploads",
    "/live",
    "/agreements",
    "/products",
    "/vendors?mine=true",
    *(f"/account/{name}" for name in ("tokens", "sessions", "keys", "publishers", "data")),
)
OF_VENDOR = (
    "/tokens",
    "/keys",
    "/publishers",
    "",
    "/members",
    "/invitations",
    "/agreements",
    "/history",
    "/products",
    "/runs",
)


def state(client: Client) -> list[Any]:
    """All that one sees."""
    found = [client.ask("GET", path).json() for path in LISTS]
    found[-1]["kept"].pop("challenges.identity", None)  # one is for one try
    for vendor in client.done("GET", "/vendors?mine=true")["vendors"]:
        found += [client.ask("GET", f"/vendors/{vendor['id']}{path}").json() for path in OF_VENDOR]
    for product in client.done("GET", "/products")["products"]:
        found += [client.ask("GET", f"/products/{product['id']}{path}").json() for path in ("", "/versions")]
    for run in client.done("GET", "/runs")["runs"]:
        found += [client.ask("GET", f"/runs/{run['id']}{path}").json() for path in ("", "/claim")]
    return found


def test_the_same_request_sent_twice_is_one_change(client: Client) -> None:
    for _ in range(2):
        answer = client.ask("POST", "/runs?name=r.xml", data=RESULTS, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201
    assert [one.action for one in entries(client.services, answer.json()["id"])] == ["run.add"]


def test_what_the_operator_and_the_server_itself_change_leaves_an_entry(services: Services, tmp_path: Path) -> None:
    def done(action: Callable[[], object]) -> list[tuple[str, str, str]]:
        before = entries(services)
        action()
        return [(one.action, one.subject, one.request) for one in reversed(entries(services)) if one not in before]

    operator, place = "certmark-server", tmp_path / "ours.json"
    document = guideline_document({"a.B.c": {"idempotent_id": ""}})
    document["metadata"]["id"] = "ours"
    place.write_text(json.dumps(document))
    ((action, subject, request),) = done(lambda: add_identity(services, "eve"))
    assert (action, request) == ("identity.add", operator)
    assert "eve" not in subject, "what is only added to has no names of people"
    made = done(lambda: tokens.new(services, "fred", "", 1))
    assert [one[0] for one in made] == ["identity.add", "token.add"]
    assert [one[0] for one in done(lambda: tokens.new(services, "fred", "", 1))] == ["token.add"]
    assert done(lambda: tokens.revoke(services, made[1][1])) == [("token.revoke", made[1][1], operator)]
    added = done(lambda: sources.add(services, str(place)))
    assert [one[0] for one in added] == ["source.add", "guideline.add"]
    assert done(lambda: sources.add(services, str(place))) == []
    place.write_text(json.dumps(document | {"more": 1}, indent=1))
    assert [(one[0], one[2]) for one in done(lambda: sources.refresh(services))] == [("guideline.add", "worker")]


def test_a_restore_and_a_migration_leave_an_entry(tmp_path: Path) -> None:
    settings = read_settings(None, {}, data=str(tmp_path / "one"))
    settings.data.mkdir()
    url = f"sqlite:///{tmp_path / 'one' / 'certmark.sqlite'}"
    migrate(url, steps()[0])
    migrate(url)
    with services_of(settings) as services:
        migrated = [one for one in entries(services) if one.action == "database.migrate"]
        assert [one.subject for one in migrated] == [f"{steps()[0]} to {HEAD}"]
        dump(services, tmp_path / "backup", is_whole=True)
    other = read_settings(None, {}, data=str(tmp_path / "two"))
    restore(other, tmp_path / "backup")
    with services_of(other) as services:
        assert entries(services)[0].action == "server.restore"
        assert [one for one in entries(services) if one.action == "database.migrate"] == migrated


def test_a_start_says_with_which_settings_and_no_secrets(tmp_path: Path) -> None:
    secret = "hunter22"
    with serving(tmp_path, s3_access_key="AKID", s3_secret_key=secret, open_uploads="7") as server:
        runs = f"{server.url}/api/v2/runs?name=r.xml"
        sent = requests.post(runs, data=RESULTS, timeout=60)
        listed = certmark_server("audit", "list", "--json", data=str(tmp_path / "data"))
    found = json.loads(listed.stdout)["entries"]
    by_action = {one["action"]: one for one in found}
    assert by_action["run.add"]["request"] == sent.headers["X-Request-Id"]
    assert (by_action["run.add"]["who"], by_action["run.add"]["subject"]) == ("local", sent.json()["id"])
    assert "open_uploads = 7" in by_action["server.start"]["subject"]
    assert "s3_secret_key = (secret)" in by_action["server.start"]["subject"]
    assert secret not in listed.stdout
    short = certmark_server(
        "audit", "list", "--limit", "1", "--subject", sent.json()["id"], data=str(tmp_path / "data")
    )
    assert short.stdout.split("\t")[2:5] == ["local", "run.add", sent.json()["id"]]
