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

from certmark.server.api.application import application
from certmark.server.api.v2 import ROUTES, claims, people, products, vendor_access, vendors
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import countersigning, sessions
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.database import Transaction
from certmark.server.store.guidelines import Revision
from certmark.trust.keys.files import new_key, private_document
from certmark.trust.keys.keys import Algorithm
from support.server import answering
from support.signed import NOW, Signed
from support.ssh_proofs import proof_of_new_key

pytestmark = pytest.mark.enable_socket
LATER = int((NOW + timedelta(days=1)).timestamp() * 1_000_000)
CI = {"ci_hub_issuer": "https://ci.example.org", "ci_hub_kind": "github"}
MOST = 5
MORE = {
    "submit_run": 6,  # five, with all of a key, tags and an audit entry, and one to know who asks
    "begin_upload": 8,  # once for some hundred megabytes; what is old is forgotten on the way
    "add_key": 6,  # once a key; its challenge is taken by itself
    "attest_run": 17,  # once a run; it verifies against the bytes, and shows the run
    "delete_run": 9,  # whose it is, and what the history of it says
    "finish_upload": 16,  # once for some hundred megabytes; it is the way of an ordinary upload, and then cleans up
}
"""Routes that ask for more, whatever there is."""
OF_OWNERS = {route.name for module in (vendors, vendor_access, products, claims, people) for route in module.ROUTES}
"""Changes of who owns what are rare, and weigh roles, states and history first."""
ONCE = {"take_over_account"}
"""A person does that once in their life, and all that is theirs is moved."""
TOKEN = 1
"""To know who asks, where there are tokens."""


class Counted(NamedTuple):
    """A server, and the statements since one last looked."""

    url: str
    services: Services
    statements: list[str]

    def ask(self, method: str, path: str, data: Any, key: str | None, **params: str) -> requests.Response:
        self.statements.clear()
        headers = {} if key is None else {"Idempotency-Key": key}
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
        ada = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        with answering(application(services, lambda _: ada)) as url:
            yield Counted(url, services, statements)


def _count(patch: pytest.MonkeyPatch, statements: list[str]) -> None:
    for name in ("run", "many", "stream"):
        real = vars(Transaction)[name]

        def counting(self: Transaction, statement: Any, *rows: Any, real: Any = real, **values: Any) -> Any:
            statements.append(statement.name)
            return real(self, statement, *rows, **values)

        patch.setattr(Transaction, name, counting)


def test_no_route_asks_more_than_five_things(counted: Counted, signed: Signed, tmp_path: Path) -> None:
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
    assert found.keys() == {route.name for route in ROUTES} - OF_OWNERS - ONCE
