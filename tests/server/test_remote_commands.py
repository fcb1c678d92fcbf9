"""The commands against a real server: what they show, how they end, and that they are told the truth when it is away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from certmark.cli.exits import Exit
from certmark.cli.transfers import progress_text
from certmark.client import server as client
from certmark.client.connection import PAUSES, ServerConnection
from certmark.client.server import RemoteServer
from certmark.client.values import AboutSubmission
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from support.said import Said
from support.server import answering
from support.signed import KEY, Signed

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[2] / "examples"
PASSED, BROKEN = EXAMPLES / "object-storage-pass.subunit", EXAMPLES / "object-storage-broken.subunit"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Services]]:
    """A server of one folder."""
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("server")))
    create(settings)
    with services_of(settings) as services:
        asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        with answering(application(services, lambda _: asker)) as url:
            yield url, services


@pytest.fixture
def url(server: tuple[str, Services], monkeypatch: pytest.MonkeyPatch) -> str:
    """The address, which the commands find in the environment."""
    monkeypatch.setenv("CERTMARK_SERVER", server[0])
    monkeypatch.setattr("certmark.client.connection.PAUSES", (0.0,) * len(PAUSES))
    return server[0]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *words: Said(words, capsys)


def submitted(say: Any, file: Path, *words: str) -> str:
    said = say("submit", str(file), "-g", "2026.11", "-p", "object", "--json", *words)
    assert said.out, said.err
    return str(said.json["run"]["id"])


@pytest.mark.usefixtures("url")
def test_submit_says_the_verdict_and_ends_as_judge_does(say: Any) -> None:
    for file, status in ((PASSED, Exit.OK), (BROKEN, Exit.FAIL)):
        said = say("submit", str(file), "-g", "2026.11", "-p", "object", "--wait")
        assert said.status == status, said.err
    assert say("submit", str(EXAMPLES / "README.md")).status == Exit.UNREADABLE
    assert say("submit", str(PASSED), "-g", "2099.01").status == Exit.USAGE


@pytest.mark.usefixtures("url")
def test_show_prints_what_judge_prints(say: Any) -> None:
    run = submitted(say, BROKEN)
    there = say("remote", "show", run, "--as-of", "2026-11-28")
    here = say("judge", str(BROKEN), "-g", "2026.11", "-p", "object", "--as-of", "2026-11-28")
    assert there.status == here.status == Exit.FAIL
    assert there.out.splitlines()[:3] == here.out.splitlines()[:3]


@pytest.mark.usefixtures("url")
def test_a_policy_is_named_or_a_file(say: Any, tmp_path: Path) -> None:
    run = submitted(say, PASSED)
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"name": "mine", "description": "mine"}))
    for word, name in (("none-failed", "none-failed"), (str(policy), "mine")):
        said = say("remote", "show", run, "--policy", word, "-f", "json")
        assert json.loads(said.out)["judgement"]["policy"]["name"] == name, said.err
    assert say("remote", "show", run, "--policy", "lenient").status == Exit.USAGE


@pytest.mark.usefixtures("url")
def test_the_verdict_over_http_is_that_of_judge_under_any_guideline_policy_and_day(say: Any, tmp_path: Path) -> None:
    run = submitted(say, BROKEN)
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"name": "mine", "description": "mine", "skipped": "fail"}))
    for terms in (
        ["-g", "2026.11", "-p", "compute", "--as-of", "2026-11-28"],
        ["-g", "scs-0128", "--policy", "none-failed", "--as-of", "2027-01-01"],
        ["-g", "2026.11", "-p", "object", "--policy", "conformance", "--as-of", "2026-11-28"],
        ["-g", "2026.11", "-p", "object", "--policy", str(policy), "--as-of", "2026-11-28"],
    ):
        there, here = say("remote", "show", run, "-f", "json", *terms), say("judge", str(BROKEN), "-f", "json", *terms)
        assert there.status == here.status, there.err + here.err
        assert json.loads(there.out)["judgement"] == json.loads(here.out)["judgement"], terms


@pytest.mark.usefixtures("url")
def test_runs_are_listed_by_what_is_known_of_them(say: Any) -> None:
    run = submitted(say, PASSED, "--product", "V/P", "--tag", "ci=list")
    for words in (
        ["--product", "V/P"],
        ["--tag", "ci=list"],
        ["--tag", "ci=list", "--standing", "pass"],
    ):
        assert [one["id"] for one in say("remote", "list", "--json", *words).json["runs"]] == [run]
    assert say("remote", "list", "--tag", "ci=none").out == "There is none.\n"


@pytest.mark.usefixtures("url")
def test_two_runs_are_compared_and_one_that_is_worse_ends_so(say: Any) -> None:
    good, bad = submitted(say, PASSED), submitted(say, BROKEN)
    assert say("remote", "diff", good, bad).status == Exit.FAIL
    assert say("remote", "diff", bad, good).status == Exit.OK
    assert say("remote", "diff", good, bad, "-f", "json").json["format"] == "certmark-results-diff"


@pytest.mark.usefixtures("url")
def test_what_is_fetched_is_what_was_sent_and_what_is_deleted_is_gone(say: Any, tmp_path: Path) -> None:
    run, copy = submitted(say, PASSED), tmp_path / "copy.subunit"
    assert say("remote", "get", run, "-o", str(copy)).status == Exit.OK
    assert copy.read_bytes() == PASSED.read_bytes()
    assert say("remote", "get", run, "-o", str(copy)).status == Exit.USAGE
    assert say("remote", "delete", run).status == Exit.OK
    assert say("remote", "show", run).status == Exit.USAGE
    assert say("remote", "results", run).status == Exit.USAGE
    results = say("remote", "results", submitted(say, PASSED), "--json").json["results"]
    assert {one["outcome"] for one in results} <= {"passed", "skipped"}


def test_a_bundle_goes_with_its_attestation_and_is_verified_from_there(
    server: tuple[str, Services], url: str, say: Any, tmp_path: Path
) -> None:
    signed = Signed(tmp_path)
    guideline = signed.guideline
    revision = Revision(bytes.fromhex(guideline.sha256), guideline.id, "", "a test", 1)
    with server[1].database.write() as transaction:
        guidelines.add(transaction, revision, guideline.data)
    beside = Path(str(signed.bundle).removesuffix(".tar.gz") + ".attestation.json")
    beside.write_bytes(signed.attestation())
    (tmp_path / "key.pub").write_text(KEY.public.line)
    assert "attestation" in say("submit", str(signed.bundle), "--dry-run").out
    said = say("submit", str(beside), "--json")
    assert (said.status, said.json["run"]["vendor"]) == (Exit.OK, "Acme"), said.err
    assert requests.get(f"{url}/api/v2/runs/{said.json['run']['id']}/attestation", timeout=60).status_code == 200
    words = ["--key", str(tmp_path / "key.pub"), "-g", str(tmp_path / "run" / "guideline" / "list.txt")]
    checked = say("remote", "verify", said.json["run"]["id"], *words, "--as-of", "2026-11-22")
    assert checked.status == Exit.OK, checked.out + checked.err
    plain = submitted(say, PASSED)
    assert say("remote", "verify", plain, *words).status == Exit.USAGE


@pytest.mark.usefixtures("url")
def test_a_dry_run_sends_nothing(say: Any) -> None:
    before = say("remote", "list", "--json", "--limit", "1000").json["runs"]
    said = say("submit", str(PASSED), "--dry-run", "--json", "--server", "http://127.0.0.1:9")
    assert said.json["size"] == PASSED.stat().st_size
    assert say("remote", "list", "--json", "--limit", "1000").json["runs"] == before


@pytest.mark.usefixtures("url")
def test_a_large_file_goes_in_pieces_and_on_where_it_stopped(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PIECE", 10_000)
    remote, seen = RemoteServer(ServerConnection(url)), []

    def broken_off(done: int, size: int | None) -> None:
        seen.append((done, size))
        if len(seen) == 3:
            raise KeyboardInterrupt

    about = AboutSubmission(name="r.subunit", tags={"large": "yes"})
    with pytest.raises(KeyboardInterrupt):
        remote.submit(PASSED, about, broken_off)
    again: list[int] = []
    run = remote.submit(PASSED, about, lambda done, _: again.append(done))
    assert again[0] == 40_000
    assert b"".join(remote.evidence(run.id)) == PASSED.read_bytes()
    assert tmp_path.exists()


def test_how_long_it_takes_is_said_from_what_went_so_far() -> None:
    mib = 1 << 20
    assert progress_text("sent", 30 * mib, 300 * mib, 10, 30 * mib) == "30.0 of 300.0 MiB sent, 10 %, 2 min left"
    assert progress_text("sent", 0, 300 * mib, 0, 0) == "0.0 of 300.0 MiB sent, 0 %"
    assert progress_text("fetched", 30 * mib, None, 10, 30 * mib) == "30.0 MiB fetched"


class Odd(BaseHTTPRequestHandler):
    """A server that answers as it was told."""

    answers: list[tuple[int, dict[str, str], bytes]] = []  # noqa: RUF012 - what the test says
    keys: list[str | None] = []  # noqa: RUF012 - likewise

    def do_POST(self) -> None:
        """The next answer."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.keys.append(self.headers.get("Idempotency-Key"))
        self.do_GET()

    def do_GET(self) -> None:
        """The next answer."""
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("certmark.client.connection.PAUSES", (0.0,) * len(PAUSES))
    found = HTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    Odd.keys = []
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()


def test_what_could_not_be_answered_is_sent_again_with_the_same_key(odd: str, say: Any) -> None:
    Odd.answers = [(503, {"Retry-After": "0"}, b"{}"), (502, {}, b""), (422, {}, b'{"detail": "line 3 is none"}')]
    said = say("submit", str(PASSED), "--server", odd)
    assert (said.status, said.err) == (Exit.UNREADABLE, "certmark: line 3 is none\n")
    assert len(Odd.keys) == 3
    assert len(set(Odd.keys)) == 1


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((200, {}, b"<html>"), Exit.ENVIRONMENT),
        ((200, {}, b"[]"), Exit.ENVIRONMENT),
        ((200, {}, b'{"runs": 5}'), Exit.ENVIRONMENT),
        ((200, {}, b'{"runs": [{"id": 5}]}'), Exit.ENVIRONMENT),
        ((200, {}, b'{"runs": [null]}'), Exit.ENVIRONMENT),
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), Exit.ENVIRONMENT),
        ((500, {}, b"oops"), Exit.ENVIRONMENT),
        ((403, {}, b'{"detail": "\\u001b[2Jgo away"}'), Exit.USAGE),
    ],
)
def test_odd_servers_get_one_sentence_and_steer_no_terminal(
    odd: str, say: Any, answer: tuple[int, dict[str, str], bytes], status: Exit
) -> None:
    Odd.answers = [answer]
    said = say("remote", "list", "--server", odd)
    assert said.status == status, said.err
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "\x1b" not in said.err


def test_a_server_that_is_not_there_is_said_to_be_away(say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("certmark.client.connection.PAUSES", (0.0,) * len(PAUSES))
    said = say("remote", "list", "--server", "http://127.0.0.1:9")
    assert said.status == Exit.ENVIRONMENT
    assert "does not answer" in said.err


def test_a_token_is_not_sent_in_clear(say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_TOKEN", "secret")
    said = say("remote", "list", "--server", "http://certmark.example.org")
    assert said.status == Exit.USAGE
    assert "secret" not in said.err
