"""Whatever is asked for, a database is asked a few things: no request costs more where there is more."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.api.application import application
from certmark.server.api.v2 import (
    ROUTES,
    applications,
    cases,
    certificates,
    claims,
    orders,
    people,
    products,
    runners,
    vendor_access,
    vendors,
)
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import create, services_of
from certmark.server.services import countersigning, offices, sessions
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.database import Transaction
from certmark.server.store.guidelines import Revision
from certmark.trust.keys.files import new_key, private_document
from certmark.trust.keys.keys import Algorithm
from server.conftest import somebody
from support.old_accounts import old_account
from support.server import answering
from support.signed import NOW, Signed
from support.ssh_proofs import proof_of_new_key

pytestmark = pytest.mark.enable_socket
LATER = int((NOW + timedelta(days=1)).timestamp() * 1_000_000)
CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
CI = {"ci_hub_issuer": "https://ci.example.org", "ci_hub_kind": "github"}
ANSWERS = dict.fromkeys(("marketplace", "logo", "bare-metal", "kubernetes"), "yes") | {"object-storage": "swift"}
MOST = 5
MORE = {
    "submit_run": 6,  # five, with all of a key, tags and an audit entry, and one to know who asks
    "begin_upload": 8,  # once for some hundred megabytes; what is old is forgotten on the way
    "take_over_account": 40,  # once a person who came from RefStack: what names them, table by table
    "add_key": 6,  # once a key; its challenge is taken by itself
    "attest_run": 18,  # once a run; it verifies against the bytes, and shows the run
    "delete_run": 9,  # whose it is, and what the history of it says
    "show_impact": 7,  # once a draft; the guideline that it replaces is looked up
    "subscribe": 9,  # once a query that is followed; what there is now is asked for
    "edit_subscription": 8,  # what was left waiting is asked for
    "test_subscription": 9,  # it is written into the outbox, and what is old is forgotten
    "remove_subscription": 6,  # its log goes as well
    "save_query": 6,  # once a query
    "vote": 16,  # once a person and test; it is shown as everybody sees it
    "take_vote_back": 10,  # once a person and test; the test is found under all its names
    "show_votes": 9,  # the test is found under all its names
    "nominate_test": 7,  # once a test that no guideline tracks
    "export_opinions": 7,  # two for each questionnaire that is asked
    "choose_notices": 6,  # how it was, and how it is
    "finish_upload": 16,  # once for some hundred megabytes; it is the way of an ordinary upload, and then cleans up
}
"""Routes that ask for more, whatever there is."""
OF_ORDERS = {route.name for module in (orders, runners) for route in module.ROUTES}
OF_OWNERS = {route.name for module in (vendors, vendor_access, products, claims, people) for route in module.ROUTES}
"""Who owns what changes rarely: roles, states and history are weighed first, in one transaction."""
OF_CERTIFICATION = {route.name for module in (applications, certificates, cases) for route in module.ROUTES}
"""These are counted where there are applications (`certification.test_certification_counts`)."""
CHANGES_OF_OWNERS = 14
MORE_OF_OWNERS = {
    "attach_run": 21,  # run, version and vendor are looked at, both get their history, and whose it is is shown
    "edit_run": 15,  # its tags as well
    "make_official": 15,  # run and vendor get their history, and whose it is is shown
    "verify_run": 17,  # likewise, and the digests that it rests on
    "show_claim": 6,  # the run, its product and what one may know of that
    "merge_vendor": 28,  # once in the life of a vendor: each kind of thing that it has goes over
    "get_own_data": 26,  # one for each column that names a person
    "erase_own_data": 28,  # likewise, and three for each vendor that they belong to
}
"""Of these, whatever there is."""
TOKEN = 1
"""To know who asks, where there are tokens."""


class Counted(NamedTuple):
    """A server, and the statements since one last looked."""

    url: str
    services: Services
    statements: list[str]
    askers: dict[str, Asker]

    def ask(
        self, method: str, path: str, data: Any, key: str | None, who: str = "ada", **params: str
    ) -> requests.Response:
        self.statements.clear()
        headers = {"If-Match": "*", "Who": who} | ({} if key is None else {"Idempotency-Key": key})
        url = f"{self.url}/api/v2{path}"
        return requests.request(method, url, headers=headers, params=params, data=data, timeout=60)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    return Signed(tmp_path_factory.mktemp("signed"))


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, signed: Signed) -> Iterator[Counted]:
    folder = tmp_path_factory.mktemp("counted")
    key = folder / "log.key"
    key.write_bytes(private_document(new_key(Algorithm.ED25519), None))
    key.chmod(0o600)
    settings = read_settings(None, {}, data=str(folder / "data"), log_origin="example.org/log", log_key=str(key), **CI)
    create(settings)
    statements: list[str] = []
    with pytest.MonkeyPatch.context() as patch, services_of(settings) as opened:
        services = dataclasses.replace(opened, clock=lambda: LATER)
        patch.setenv("CERTMARK_HOME", str(folder / "home"))
        _count(patch, statements)
        revision = Revision(bytes.fromhex(signed.guideline.sha256), signed.guideline.id, "", "a test", 1)
        with services.database.write() as transaction:
            guidelines.add(transaction, revision, signed.guideline.data)
        askers = {name: somebody(services, name) for name in ("ada", "bob", "office")}
        offices.appoint(services, "office", frozenset({Role.OFFICE}), "")
        with answering(application(services, lambda request: askers[request.headers["who"]])) as url:
            yield Counted(url, services, statements, askers)


def _count(patch: pytest.MonkeyPatch, statements: list[str]) -> None:
    for name in ("run", "many", "stream"):
        real = vars(Transaction)[name]

        def counting(self: Transaction, statement: Any, *rows: Any, real: Any = real, **values: Any) -> Any:
            statements.append(statement.name)
            return real(self, statement, *rows, **values)

        patch.setattr(Transaction, name, counting)


def test_no_route_asks_more_than_five_things(counted: Counted, signed: Signed, tmp_path: Path) -> None:  # noqa: PLR0915 - each once
    found: dict[str, list[str]] = {}

    def ask(name: str, route: str, data: Any = None, /, key: str | None = None, **params: str) -> Any:
        method, _, path = route.partition(" ")
        answer = counted.ask(method, path, data, key, **params)
        found[name] = list(counted.statements)
        assert answer.ok, (name, answer.text)
        return answer

    bundle = Path(signed.bundle).read_bytes()
    about = {"name": "run.tar.gz", "tag": "a=b"}
    first = ask("submit_run", "POST /runs", bundle, **about).json()["id"]
    second = ask("submit_run", "POST /runs", bundle, **about, key="k").json()["id"]  # its tests are known now
    ask("attest_run", f"PUT /runs/{second}/attestation", signed.attestation())
    countersigning.countersign(counted.services)
    counted.ask("GET", "/tests/history", None, None, test="x")  # guidelines are read once
    test = ask("show_results", f"GET /runs/{second}/results").json()["results"][0]["name"]
    for name, path in (
        ("show_run", f"/runs/{second}"),
        ("show_verdict", f"/runs/{second}/verdict"),
        ("compare_runs", f"/runs/{second}/comparison?before={first}"),
        ("get_evidence", f"/runs/{second}/evidence"),
        ("get_attestation", f"/runs/{second}/attestation"),
        ("show_proof", f"/runs/{second}/proof"),
        ("get_receipt", f"/runs/{second}/receipt"),
        ("list_runs", "/runs?tag=a%3Db&region=none&limit=1"),
        ("list_clouds", "/clouds?limit=1"),
        ("show_history", f"/tests/history?test={test}&version=12&limit=50"),
        ("list_guidelines", "/guidelines"),
        ("get_guideline", "/guidelines/2026.11"),
        ("list_programs", "/guidelines/2026.11/programs"),
        ("list_capabilities", "/guidelines/2026.11/capabilities"),
        ("list_tests", "/guidelines/2026.11/tests"),
        ("list_programmes", "/programmes"),
        ("show_programme", "/programmes/scs"),
        ("show_rulebook", "/programmes/scs/rulebooks/2026.1"),
        ("show_log", "/log"),
        ("get_checkpoint", "/log/checkpoint"),
        ("list_entries", "/log/entries"),
        ("prove_inclusion", "/log/inclusion?index=0"),
        ("prove_consistency", "/log/consistency?since=1"),
    ):
        ask(name, f"GET {path}")
    upload = ask("begin_upload", "POST /uploads", name="run.tar.gz", size=str(len(bundle))).json()["id"]
    ask("list_uploads", "GET /uploads")
    ask("show_upload", f"GET /uploads/{upload}")
    ask("send_piece", f"PATCH /uploads/{upload}", bundle, offset="0")
    ask("finish_upload", f"POST /uploads/{upload}/run")
    upload = ask("begin_upload", "POST /uploads", name="run.tar.gz", size="7").json()["id"]
    ask("delete_upload", f"DELETE /uploads/{upload}")
    live = ask("begin_live", "POST /live").json()["id"]
    ask("list_live", "GET /live")
    ask("put_progress", f"PUT /live/{live}", json.dumps({"planned": 3, "passed": 1}))
    ask("show_live", f"GET /live/{live}")
    ask("end_live", f"DELETE /live/{live}")
    ask("delete_run", f"DELETE /runs/{first}")
    by = {"guideline": "2026.11", "program": "object"}
    for name, path in (
        ("query_runs", "/corpus/runs"),
        ("count_runs", "/corpus/counts?by=cloud"),
        ("rate_tests", "/corpus/rates"),
        ("list_blockers", "/corpus/blockers"),
        ("list_flakes", "/corpus/flakes"),
        ("show_trend", "/corpus/trends"),
    ):
        ask(name, f"GET {path}", **by)
    draft = counted.ask("GET", "/guidelines/2026.11", None, None).content
    ask("show_impact", "POST /corpus/impact", draft, name="2026.11.json", predecessor="2026.11")
    ask("show_evidence_of_clouds", "POST /corpus/evidence", draft)
    query = ask("save_query", "POST /queries", json.dumps({"q": "status:fail"})).json()["short"]
    ask("show_query", f"GET /queries/{query}")
    wanted = {"query": query, "url": "https://example.org/hook", "condition": "changed"}
    subscription = ask("subscribe", "POST /subscriptions", json.dumps(wanted)).json()["id"]
    ask("list_subscriptions", "GET /subscriptions")
    ask("show_subscription", f"GET /subscriptions/{subscription}")
    ask("test_subscription", f"POST /subscriptions/{subscription}/test")
    ask("list_deliveries", f"GET /subscriptions/{subscription}/deliveries")
    ask("edit_subscription", f"PATCH /subscriptions/{subscription}", json.dumps({"paused": False}))
    ask("remove_subscription", f"DELETE /subscriptions/{subscription}")
    vote = json.dumps({"is_for": True, "reason": "x"})
    for name, route, data in (
        ("vote", f"PUT /votes?test={test}", vote),
        ("show_votes", f"GET /votes?test={test}", None),
        ("export_opinions", "GET /opinions.json", None),
        ("export_opinions_as_csv", "GET /opinions.csv", None),
        ("take_vote_back", f"DELETE /votes?test={test}", None),
        ("list_nominations", "GET /nominations", None),
        ("list_questionnaires", "GET /questionnaires", None),
        ("show_questionnaire", "GET /questionnaires/interoperability", None),
        ("answer_questionnaire", "PUT /questionnaires/interoperability/answers", json.dumps({"answers": ANSWERS})),
        ("take_answers_back", "DELETE /questionnaires/interoperability/answers", None),
        ("list_notices", "GET /notices", None),
        ("choose_notices", "PUT /notices/choices", json.dumps({"daily": True})),
    ):
        ask(name, route, data)
    new = {"test": "x.y", "link": "https://example.org/", "reason": "x"}
    nomination = ask("nominate_test", "POST /nominations", json.dumps(new)).json()["id"]
    ask("withdraw_nomination", f"DELETE /nominations/{nomination}")
    counted.ask("GET", "/questionnaires/interoperability/answers.csv", None, None, "office")
    found["export_answers"] = list(counted.statements)
    whose = ask("show_account", "GET /account").json()["id"].replace("-", "")
    with counted.services.database.write() as transaction:
        asker = Asker(bytes.fromhex(whose), "ada", EVERYTHING)
        sessions.begin(counted.services, transaction, asker, ("none", "", ""))
    session = ask("list_sessions", "GET /account/sessions").json()["sessions"][0]["id"]
    ask("end_session", f"DELETE /account/sessions/{session}")
    token = ask("make_token", "POST /account/tokens", json.dumps({"label": "x"})).json()["id"]
    ask("list_tokens", "GET /account/tokens")
    ask("revoke_token", f"DELETE /account/tokens/{token}")
    challenge = ask("challenge_key", "POST /account/challenges").json()["challenge"]
    proof = json.dumps(proof_of_new_key(tmp_path, challenge))
    old_account(counted.services, json.loads(proof)["key"])
    ask("take_over_account", "POST /account/takeover", proof)
    challenge = ask("challenge_key", "POST /account/challenges").json()["challenge"]
    proof = json.dumps(proof_of_new_key(tmp_path, challenge))
    known = ask("add_key", "POST /account/keys", proof).json()["id"]
    ask("list_keys", "GET /account/keys")
    ask("remove_key", f"DELETE /account/keys/{known}")
    claims = {"repository_id": "1", "repository_owner_id": "2"}
    publisher = ask("add_publisher", "POST /account/publishers", json.dumps({"ci": "hub", "claims": claims})).json()[
        "id"
    ]
    ask("list_publishers", "GET /account/publishers")
    ask("remove_publisher", f"DELETE /account/publishers/{publisher}")
    over = {name: asked for name, asked in found.items() if len(asked) + TOKEN > MORE.get(name, MOST)}
    assert over == {}
    assert found.keys() == {route.name for route in ROUTES} - OF_OWNERS - OF_ORDERS - OF_CERTIFICATION


def test_no_route_of_owners_asks_more_than_its_bound(counted: Counted, tmp_path: Path) -> None:  # noqa: PLR0915 - each once
    found: dict[str, list[str]] = {}

    def ask(name: str, route: str, body: Any = None, /, who: str = "ada", **params: str) -> Any:
        method, _, path = route.partition(" ")
        data = body if body is None or isinstance(body, bytes) else json.dumps(body)
        answer = counted.ask(method, path, data, None, who, **params)
        found[name] = list(counted.statements)
        assert answer.ok, (name, answer.text)
        return answer.json() if answer.content and answer.headers["Content-Type"].startswith("application/json") else {}

    def approved(name: str, who: str) -> str:
        vendor = ask("register_vendor", "POST /vendors", {"name": name}, who)["id"]
        ask("ask_for_approval", f"POST /vendors/{vendor}/approval", who=who)
        ask("decide_on_vendor", f"POST /vendors/{vendor}/decision", {"approve": True, "reason": "x"}, "office")
        return str(vendor)

    person = {name: ids.written(asker.identity or b"") for name, asker in counted.askers.items()}
    gone = ask("register_vendor", "POST /vendors", {"name": "Gone"})["id"]
    ask("ask_for_approval", f"POST /vendors/{gone}/approval")
    ask("ask_no_more", f"DELETE /vendors/{gone}/approval")
    ask("remove_vendor", f"DELETE /vendors/{gone}")
    vendor, larger = approved("Small", "ada"), approved("Large", "office")
    at = f"/vendors/{vendor}"
    ask("edit_vendor", f"PATCH {at}", {"description": "x", "is_public": True})
    for word in (ask("invite_member", f"POST {at}/invitations", {})["word"] for _ in range(2)):
        counted.ask("POST", "/invitations", json.dumps({"word": word}), None, "bob")
        found.setdefault("accept_invitation", list(counted.statements))
    last = ask("invite_member", f"POST {at}/invitations", {})["invitation"]["id"]
    ask("list_invitations", f"GET {at}/invitations")
    ask("withdraw_invitation", f"DELETE {at}/invitations/{last}")
    ask("put_member", f"PUT {at}/members/{person['bob']}", {"administrator": True})
    designate = {"role": "designate", "person": person["ada"], "reason": "letter"}
    ask("appoint_designate", f"PUT {at}/designate", designate, "office")
    agreement = ask("publish_agreement", "POST /agreements", b"a text", "office", name="Mark", version="1")["sha256"]
    ask("accept_agreement", f"POST {at}/agreements", {"sha256": agreement})
    product = ask("add_product", f"POST {at}/products", {"name": "Cloud", "kind": "appliance"})["id"]
    ask("edit_product", f"PATCH /products/{product}", {"description": "x", "is_public": True})
    version = ask("add_version", f"POST /products/{product}/versions", {"name": "1", "clouds": [CLOUD]})["id"]
    ask("edit_version", f"PATCH /versions/{version}", {"name": "2"})
    spare = ask("add_version", f"POST /products/{product}/versions", {"name": "3"})["id"]
    ask("remove_version", f"DELETE /versions/{spare}")
    spare = ask("add_product", f"POST {at}/products", {"name": "Spare", "kind": "appliance"})["id"]
    ask("remove_product", f"DELETE /products/{spare}")
    results = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
    run = counted.ask("POST", "/runs", results, None, name="r.xml", subject=CLOUD).json()["id"]
    ask("attach_run", f"PUT /runs/{run}/claim", {"version": version})
    ask("detach_run", f"DELETE /runs/{run}/claim")
    ask("attach_run", f"PUT /runs/{run}/claim", {"version": version})
    ask("edit_run", f"PATCH /runs/{run}", {"public": True, "tags": {"size": "2-9", "x": "y"}})
    ask("make_official", f"PUT /runs/{run}/official", {"official": True})
    ask("verify_run", f"PUT /runs/{run}/verification", {"verified": True, "reason": "x"}, "office")
    token = ask("make_vendor_token", f"POST {at}/tokens", {"label": "x"})["id"]
    challenge = ask("challenge_vendor_key", f"POST {at}/challenges")["challenge"]
    key = ask("add_vendor_key", f"POST {at}/keys", proof_of_new_key(tmp_path, challenge))["id"]
    claims_of_ci = {"repository_id": "1", "repository_owner_id": "2"}
    publisher = ask("add_vendor_publisher", f"POST {at}/publishers", {"ci": "hub", "claims": claims_of_ci})["id"]
    for name, path in (
        ("list_vendors", "/vendors"),
        ("show_vendor", at),
        ("show_vendor_history", f"{at}/history"),
        ("list_members", f"{at}/members"),
        ("list_agreements", "/agreements"),
        ("get_agreement", f"/agreements/{agreement}"),
        ("list_acceptances", f"{at}/agreements"),
        ("list_products", "/products"),
        ("list_products_of_vendor", f"{at}/products"),
        ("show_product", f"/products/{product}"),
        ("show_product_history", f"/products/{product}/history"),
        ("list_versions", f"/products/{product}/versions"),
        ("show_version", f"/versions/{version}"),
        ("show_claim", f"/runs/{run}/claim"),
        ("list_runs_of_vendor", f"{at}/runs"),
        ("list_official_runs", "/official-runs"),
        ("list_tags", "/tags"),
        ("count_by_tag", "/tags/size"),
        ("get_own_data", "/account/data"),
        ("list_vendor_tokens", f"{at}/tokens"),
        ("list_vendor_keys", f"{at}/keys"),
        ("list_vendor_publishers", f"{at}/publishers"),
    ):
        ask(name, f"GET {path}")
    for kind, identity in (("token", token), ("key", key), ("publisher", publisher)):
        verb = "revoke" if kind == "token" else "remove"
        ask(f"{verb}_vendor_{kind}", f"DELETE {at}/{kind}s/{identity}")
    ask("hand_over_vendor", f"POST {at}/handover", {"to": person["bob"]})
    ask("merge_vendor", f"POST {at}/merger", {"into": larger, "reason": "bought"}, "office")
    ask("remove_member", f"DELETE /vendors/{larger}/members/{person['bob']}", who="bob")
    ask("erase_own_data", "DELETE /account/data", who="bob")
    changes = {route.name for route in ROUTES if route.method != "GET"}
    bound = {name: MORE_OF_OWNERS.get(name, CHANGES_OF_OWNERS if name in changes else MOST) for name in found}
    over = {name: asked for name, asked in found.items() if len(asked) + TOKEN > bound[name]}
    assert over == {}
    assert found.keys() == OF_OWNERS


def test_no_route_of_orders_asks_more_where_there_are_more(counted: Counted) -> None:
    found: dict[str, int] = {}

    def ask(name: str, route: str, body: Any = None) -> Any:
        method, _, path = route.partition(" ")
        answer = counted.ask(method, path, None if body is None else json.dumps(body), None, "office")
        found[name] = max(found.get(name, 0), len(counted.statements) + TOKEN)
        assert answer.ok, (name, answer.text)
        return answer.json() if answer.content else {}

    for number in range(3):
        terms = {"name": "n", "cloud": f"c{number}", "program": "p"}
        order = ask("add_order", "POST /orders", {"terms": terms, "schedule": "by hand"})["id"]
        for _ in range(number + 1):
            ask("start_order", f"POST /orders/{order}/start")
            ask("cancel_order", f"POST /orders/{order}/cancel", {"reason": "x"})
        ask("start_order", f"POST /orders/{order}/start")
        one = ask("claim_assignment", "POST /runners/claim", {"name": "r", "clouds": [f"c{number}"]})["assignment"][
            "id"
        ]
        ask("put_progress_of_assignment", f"PUT /assignments/{one}/progress", {"attempt": 1})
        end = {"attempt": 1, "state": "done", "result": "not tested", "reason": "x"}
        ask("end_assignment", f"PUT /assignments/{one}/end", end)
        ask("show_order", f"GET /orders/{order}")
        ask("list_assignments", f"GET /orders/{order}/assignments")
        ask("edit_order", f"PATCH /orders/{order}", {"state": "paused"})
    ask("list_orders", "GET /orders")
    runner = ask("list_runners", "GET /runners")["runners"][0]["id"]
    ask("edit_runner", f"PATCH /runners/{runner}", {"drained": True})
    ask("remove_runner", f"DELETE /runners/{runner}")
    most = {"claim_assignment": 10, "end_assignment": 13, "edit_order": 9, "start_order": 9, "cancel_order": 9}
    assert {name: asked for name, asked in found.items() if asked > most.get(name, 7)} == {}
    assert found.keys() == OF_ORDERS
