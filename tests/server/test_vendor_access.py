"""Tokens, keys and publishers of a vendor: what is sent with them is the vendor's, and they end with it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.services import keys, members, offices, runs, vendors
from certmark.server.services.errors import NotFound, WrongState
from certmark.server.store import audit, publishers
from certmark.server.store.migrating import migrate
from certmark.trust.keys.keys import public_from_line
from support.openid_providers import Browser
from support.postgres import Postgres
from support.signed_in import Site, site
from support.ssh_proofs import signature_of

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
UPLOAD: dict[str, Any] = {"params": {"name": "r.xml"}, "data": RESULTS}


class World:
    """A vendor of ada, who looks after it, with bob as a member; eve is nobody there, olga the programme office."""

    def __init__(self, here: Site) -> None:
        self.here = here
        self.browsers = {name: here.signed_in(name) for name in ("ada", "bob", "eve", "olga")}
        self.askers = {name: self._asker(name) for name in self.browsers}
        offices.appoint(here.services, "olga", frozenset({Role.OFFICE}), "Programme")

    def _asker(self, name: str) -> Asker:
        identity = self.ask(name, "GET", "/account").json()["id"]
        return Asker(ids.read(identity), name, EVERYTHING)

    def ask(self, who: str, method: str, path: str, **more: Any) -> Any:
        browser: Browser = self.browsers[who]
        return self.here.ask(browser, method, path, **more)

    def vendor(self, name: str, *, approved: bool = False) -> bytes:
        services, ada, bob, olga = self.here.services, *(self.askers[one] for one in ("ada", "bob", "olga"))
        found = vendors.register(services, ada, name, "").row.id
        word = members.invite(services, ada, found, is_administrator=False, days=1).word
        members.accept(services, bob, word)
        if approved:
            vendors.ask(services, ada, found, None, is_asked=True)
            vendors.decide(services, olga, found, None, is_approved=True, reason="known")
        return found

    def token(self, vendor: bytes, **more: Any) -> dict[str, Any]:
        answer = self.ask("ada", "POST", f"/vendors/{ids.written(vendor)}/tokens", json={"label": "nightly", **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def sent(self, token: dict[str, Any]) -> str:
        answer = self.here.by_token(token["token"], "/runs", "POST", **UPLOAD)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    url = None
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        server.run("create database vendor_access")
        url = server.url("vendor_access")
        migrate(url)
    settings = {"uploads_per_minute": "10000", "ci_hub_issuer": "https://ci.example.org", "ci_hub_kind": "github"}
    with site(tmp_path_factory.mktemp("site"), settings, database_url=url) as found:
        yield World(found)
    if url is not None:
        server.run("drop database vendor_access with (force)")


def test_what_is_sent_with_a_token_of_a_vendor_is_the_vendors_and_its_members_see_it(world: World) -> None:
    vendor = world.vendor("Sender")
    token, name = world.token(vendor), f"vendor {ids.written(vendor)}"
    assert world.here.by_token(token["token"]).json()["name"] == name
    run = world.sent(token)
    for who, status in (("ada", 200), ("bob", 200), ("eve", 404), ("olga", 404)):
        assert world.ask(who, "GET", f"/runs/{run}").status_code == status
    page = world.ask("bob", "GET", f"/vendors/{ids.written(vendor)}/runs").json()
    assert [one["id"] for one in page["runs"]] == [run]
    assert world.ask("ada", "GET", "/runs?of=mine").json()["runs"] == []
    with world.here.services.database.read() as transaction:
        noted = audit.entries(transaction, 10, subject=run)
    assert [(one.action, one.name) for one in noted] == [("run.add", name)]
    assert world.ask("bob", "DELETE", f"/runs/{run}").status_code == 403
    assert world.ask("ada", "DELETE", f"/runs/{run}").status_code == 204


def test_a_run_of_a_vendor_goes_to_no_other_vendors_product(world: World) -> None:
    first, second = world.vendor("First"), world.vendor("Second")
    run = world.sent(world.token(first))
    versions = []
    for vendor in (second, first):
        path = f"/vendors/{ids.written(vendor)}/products"
        product = world.ask("ada", "POST", path, json={"name": "Cloud", "kind": "appliance"}).json()["id"]
        versions.append(world.ask("ada", "POST", f"/products/{product}/versions", json={"name": "1"}).json()["id"])
    answers = [world.ask("ada", "PUT", f"/runs/{run}/claim", json={"version": one}) for one in versions]
    assert [one.status_code for one in answers] == [409, 200], answers[0].text
    assert "another vendor sent it" in answers[0].json()["detail"]
    page = world.ask("bob", "GET", f"/vendors/{ids.written(first)}/runs").json()
    assert [one["id"] for one in page["runs"]] == [run]


def test_a_token_of_a_vendor_is_shown_once_and_does_what_its_scopes_say(world: World) -> None:
    vendor = world.vendor("Scopes")
    reader, place = world.token(vendor, scopes=["read"], days=1), f"/vendors/{ids.written(vendor)}/tokens"
    assert reader["token"].startswith("cmk_")
    assert reader["token"] not in world.ask("ada", "GET", place).text
    assert world.here.by_token(reader["token"], "/runs", "POST", **UPLOAD).status_code == 403
    assert world.here.by_token(reader["token"], "/account/tokens").status_code == 403
    assert world.here.by_token(reader["token"], place).status_code == 403
    (listed,) = world.ask("ada", "GET", place).json()["tokens"]
    assert (listed["scopes"], listed["label"]) == (["read"], "nightly")
    assert listed["used"] is not None
    assert world.ask("ada", "GET", "/account/tokens").json()["tokens"] == []
    world.here.clock.ahead = 86_401
    assert world.here.by_token(reader["token"]).status_code == 401
    world.here.clock.ahead = 0


def test_only_administrators_make_list_and_end_them_and_history_says_so(world: World) -> None:
    vendor = world.vendor("Administrators")
    place, token = f"/vendors/{ids.written(vendor)}/tokens", world.token(vendor)
    for who, status in (("bob", 403), ("olga", 403), ("eve", 404)):
        assert world.ask(who, "GET", place).status_code == status
        assert world.ask(who, "POST", place, json={"label": ""}).status_code == status
        assert world.ask(who, "DELETE", f"{place}/{token['id']}").status_code == status
    other = world.vendor("Other")
    assert world.ask("ada", "DELETE", f"/vendors/{ids.written(other)}/tokens/{token['id']}").status_code == 404
    assert world.ask("ada", "DELETE", f"{place}/{token['id']}").status_code == 204
    assert world.here.by_token(token["token"]).status_code == 401
    past = world.ask("ada", "GET", f"/vendors/{ids.written(vendor)}/history").json()["entries"]
    deeds = [(one["action"], one["by"], one["detail"]) for one in past if "token" in one["action"]]
    assert deeds == [
        ("vendor.token.revoke", "ada", {"id": token["id"]}),
        ("vendor.token.add", "ada", {"id": token["id"]}),
    ]
    assert {f"token.add {token['id']}", f"token.revoke {token['id']}"} <= set(world.here.audit())


def test_a_key_of_a_vendor_is_proven_for_the_vendor(world: World, tmp_path: Path) -> None:
    vendor, other = world.vendor("Keys"), world.vendor("Other keys")
    place, file = f"/vendors/{ids.written(vendor)}", tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(file)], check=True, timeout=60)

    def added(challenge: str, where: str) -> Any:
        line, signature = file.with_suffix(".pub").read_text(), signature_of(file, challenge)
        body = {"key": line, "challenge": challenge, "signature": signature}
        return world.ask("ada", "POST", f"{where}/keys", json=body)

    mine = world.ask("ada", "POST", "/account/challenges").json()["challenge"]
    assert added(mine, place).status_code == 403
    challenge = world.ask("ada", "POST", f"{place}/challenges").json()["challenge"]
    assert ids.written(vendor) in challenge
    assert added(challenge, f"/vendors/{ids.written(other)}").status_code == 403
    answer = added(challenge, place)
    assert answer.status_code == 201, answer.text
    key = public_from_line(file.with_suffix(".pub").read_text())
    assert keys.owner_of(world.here.services, key) == vendor
    assert [one["id"] for one in world.ask("ada", "GET", f"{place}/keys").json()["keys"]] == [answer.json()["id"]]
    assert world.ask("ada", "DELETE", f"/account/keys/{answer.json()['id']}").status_code == 404
    assert world.ask("ada", "DELETE", f"{place}/keys/{answer.json()['id']}").status_code == 204
    assert keys.owner_of(world.here.services, key) is None


def test_they_end_with_the_vendor_and_its_runs_go_where_it_goes(world: World) -> None:
    services, ada, bob, olga = world.here.services, *(world.askers[one] for one in ("ada", "bob", "olga"))
    gone, into = world.vendor("Gone"), world.vendor("Into", approved=True)
    token = world.token(gone)
    run = world.sent(token)
    claims = {"repository_id": "1", "repository_owner_id": "2"}
    place = f"/vendors/{ids.written(gone)}/publishers"
    assert world.ask("ada", "POST", place, json={"ci": "hub", "claims": claims}).status_code == 201
    with pytest.raises(WrongState, match="has sent runs"):
        vendors.remove(services, ada, gone, None)
    vendors.merge(services, olga, gone, into, None, reason="bought")
    assert world.here.by_token(token["token"]).status_code == 401
    assert runs.show(services, bob, ids.read(run))[0].owner == into
    with services.database.read() as transaction:
        assert publishers.of(transaction, gone) == []
    unused = world.vendor("Unused")
    token = world.token(unused)
    vendors.remove(services, ada, unused, None)
    assert world.here.by_token(token["token"]).status_code == 401
    with pytest.raises(NotFound):
        vendors.show(services, ada, unused)
