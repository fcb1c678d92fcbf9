"""Every change leaves one entry of who made it, in its own transaction; nothing takes it away again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import requests

from certmark.domain.errors import CannotProceed
from certmark.server.api.application import application
from certmark.server.api.routes import Route
from certmark.server.api.v2 import ROUTES, claims, people, products, vendor_access, vendors
from certmark.server.asking import Asker
from certmark.server.dumps.restoring import restore
from certmark.server.dumps.writing import dump
from certmark.server.opening import add_identity, services_of
from certmark.server.parties import CiSettings
from certmark.server.services import sessions, sources, tokens
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import audit
from certmark.server.store.audit import AuditEntry
from certmark.server.store.migrating import HEAD, migrate, steps
from support.operated_server import certmark_server, serving
from support.server import answering
from support.signed import Signed
from support.ssh_proofs import proof_of_new_key
from support.surveys import guideline_document

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
PROGRESS = {"send_piece", "put_progress", "challenge_key", "take_over_account"}
"""How far something is that was begun, which has an entry: they come many times a minute, and change nothing else.

A challenge changes nothing until it is answered; of accounts that are taken over tests of those look for entries.
"""
OF_OWNERS = {route.name for module in (vendors, vendor_access, products, claims, people) for route in module.ROUTES}
"""Changes of who owns what, of which tests of those look for entries; each stands in the thing's history, too."""
PUBLISHER = {"ci": "hub", "claims": {"repository_id": "1", "repository_owner_id": "2"}}


def entries(services: Services, subject: str | None = None) -> list[AuditEntry]:
    with services.database.read() as transaction:
        return audit.entries(transaction, 1000, subject=subject)


class Client:
    """Somebody who asks a real server."""

    def __init__(self, url: str, folder: Path, services: Services, asker: Asker) -> None:
        self.url, self._folder = f"{url}/api/v2", folder
        self._services, self._asker = services, asker

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        return requests.request(method, self.url + path, timeout=60, **more)

    def made(self, method: str, path: str, **more: Any) -> str:
        answer = self.ask(method, path, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def run(self) -> str:
        return self.made("POST", "/runs?name=r.xml", data=RESULTS)

    @cached_property
    def signed(self) -> Signed:
        return Signed(self._folder)

    def bundle(self) -> str:
        return self.made("POST", "/runs?name=r.tar.gz", data=Path(self.signed.bundle).read_bytes())

    def upload(self) -> str:
        return self.made("POST", "/uploads", params={"name": "r.xml", "size": str(len(RESULTS))})

    def whole_upload(self) -> str:
        upload = self.upload()
        assert self.ask("PATCH", f"/uploads/{upload}?offset=0", data=RESULTS).status_code == 200
        return upload

    def live(self) -> str:
        return self.made("POST", "/live")

    def token(self) -> str:
        return self.made("POST", "/account/tokens", json={"label": "x"})

    def session(self) -> str:
        with self._services.database.write() as transaction:
            sessions.begin(self._services, transaction, self._asker, ("none", "", ""))
        return str(self.ask("GET", "/account/sessions").json()["sessions"][0]["id"])

    def new_key(self) -> dict[str, str]:
        challenge = self.ask("POST", "/account/challenges").json()["challenge"]
        return proof_of_new_key(self._folder, challenge)

    def key(self) -> str:
        return self.made("POST", "/account/keys", json=self.new_key())

    def publisher(self) -> str:
        return self.made("POST", "/account/publishers", json=PUBLISHER)


CHANGES: dict[str, tuple[Callable[[Client], str], str, str, dict[str, Any], str]] = {
    "submit_run": (lambda _: "", "POST", "/runs?name=r.xml", {"data": RESULTS}, "run.add"),
    "attest_run": (Client.bundle, "PUT", "/runs/{}/attestation", {}, "run.attest"),
    "delete_run": (Client.run, "DELETE", "/runs/{}", {}, "run.delete"),
    "begin_upload": (lambda _: "", "POST", "/uploads?name=r.xml&size=9", {}, "upload.begin"),
    "finish_upload": (Client.whole_upload, "POST", "/uploads/{}/run", {}, "run.add"),
    "delete_upload": (Client.upload, "DELETE", "/uploads/{}", {}, "upload.delete"),
    "begin_live": (lambda _: "", "POST", "/live", {}, "live.begin"),
    "end_live": (Client.live, "DELETE", "/live/{}", {}, "live.end"),
    "make_token": (lambda _: "", "POST", "/account/tokens", {"json": {"label": "x"}}, "token.add"),
    "revoke_token": (Client.token, "DELETE", "/account/tokens/{}", {}, "token.revoke"),
    "end_session": (Client.session, "DELETE", "/account/sessions/{}", {}, "session.end"),
    "add_key": (lambda _: "", "POST", "/account/keys", {}, "key.add"),
    "remove_key": (Client.key, "DELETE", "/account/keys/{}", {}, "key.remove"),
    "add_publisher": (lambda _: "", "POST", "/account/publishers", {"json": PUBLISHER}, "publisher.add"),
    "remove_publisher": (Client.publisher, "DELETE", "/account/publishers/{}", {}, "publisher.remove"),
}
"""By operation: what must be there before, the request, and the entry that it leaves."""


@pytest.fixture
def client(services: Services, ada: Asker, tmp_path: Path) -> Iterator[Client]:
    ci = CiSettings(id="hub", issuer="https://ci.example.org", kind="github")
    found = dataclasses.replace(services, settings=dataclasses.replace(services.settings, ci=(ci,)))
    with answering(application(found, lambda _: ada)) as url:
        yield Client(url, tmp_path, found, ada)


def changing(route: Route) -> bool:
    return route.method != "GET" and route.name not in PROGRESS | OF_OWNERS


@pytest.mark.parametrize("name", [route.name for route in ROUTES if changing(route)])
def test_whoever_changes_something_leaves_one_entry(services: Services, ada: Asker, client: Client, name: str) -> None:
    prepare, method, path, more, action = CHANGES[name]
    place = path.format(prepare(client))
    before = entries(services)
    if name == "attest_run":
        more = {"data": client.signed.attestation()}
    if name == "add_key":
        more = {"json": client.new_key()}
    answer = client.ask(method, place, **more)
    assert answer.status_code < 300, answer.text
    (entry,) = (one for one in entries(services) if one not in before)
    assert (entry.action, entry.identity, entry.name) == (action, ada.identity, "ada")
    assert entry.request
    if answer.content:
        assert entry.subject == answer.json()["id"]
    else:
        assert entry.subject in place


@pytest.mark.parametrize("name", [route.name for route in ROUTES if changing(route)])
def test_a_change_whose_entry_cannot_be_written_is_none(
    client: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, method, path, more, _ = CHANGES[name]
    place = path.format(prepare(client))
    if name == "attest_run":
        more = {"data": client.signed.attestation()}
    if name == "add_key":
        more = {"json": client.new_key()}
    before = state(client)

    def full(*_: object) -> None:
        raise CannotProceed("no room for an entry")

    monkeypatch.setattr(audit, "note", full)
    assert client.ask(method, place, **more).status_code == 503
    assert state(client) == before


LISTS = ("/runs", "/uploads", "/live", *(f"/account/{name}" for name in ("tokens", "sessions", "keys", "publishers")))


def state(client: Client) -> list[Any]:
    return [client.ask("GET", path).json() for path in LISTS]


def test_the_same_request_sent_twice_is_one_change(services: Services, client: Client) -> None:
    for _ in range(2):
        answer = client.ask("POST", "/runs?name=r.xml", data=RESULTS, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201
    assert [one.action for one in entries(services, answer.json()["id"])] == ["run.add"]


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
    assert (action, subject, request) == ("identity.add", "eve", operator)
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
