"""`certmark refstack-client test` and `config`: what is asked of a run, what is saved of it, and what is sent.

The run itself is one of `certmark run`, made before; tests/journeys has one on a real cloud.
"""

from __future__ import annotations

import configparser
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.app.refstack.server import connection_to
from certmark.app.run.finish import FinishedRun, RunListeners, StoppedRun, finished_before
from certmark.app.run.requests import RunRequest
from certmark.cli.exits import Exit
from certmark.cli.refstack.tempest_words import tempest_words
from certmark.client.connection import PAUSES
from certmark.domain.remarks import Remark
from certmark.domain.results import Outcome
from certmark.formats.results.subunit import write_v2
from certmark.formats.run_folder import RunFolder
from support.build import U1, U2, attempt
from support.fake_cloud import Answer, FakeCloud, serving
from support.recorded_run import NAMES, record_run, stream_of
from support.refstack import RefStack, refstack
from support.said import Said

pytestmark = pytest.mark.enable_socket
RESULTS = [{"name": "a.First.test", "uuid": U1}, {"name": "a.Second.test", "uuid": U2}]
MD5 = "f528764d624db129b32c21fbca0cb8d6"
"""Of 127.0.0.1."""


@pytest.fixture(scope="module")
def server() -> Iterator[RefStack]:
    with refstack() as found:
        yield found


@pytest.fixture
def stub(server: RefStack, monkeypatch: pytest.MonkeyPatch) -> RefStack:
    server.results, server.asked, server.instead = [], [], None
    monkeypatch.setenv("REFSTACK_URL", server.url)
    monkeypatch.setattr("certmark.client.connection.PAUSES", (0.0,) * len(PAUSES))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    return server


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    with serving() as found:
        found.keystone()
        yield found


@pytest.fixture
def place(cloud: FakeCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a tempest.conf of the cloud, its accounts, and a list of tests."""
    accounts = [{"username": "demo", "password": "loopback-password", "project_name": "demo", "roles": ["member"]}]
    (tmp_path / "accounts.yaml").write_text(json.dumps(accounts))
    (tmp_path / "tempest.conf").write_text(
        f"[identity]\nuri_v3 = {cloud.url}/v3\n[auth]\ntest_accounts_file = accounts.yaml\n"
    )
    (tmp_path / "list.txt").write_text("a.First.test\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    return tmp_path


class Runs:
    """In the place of a run: one that was made before, with what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[RunRequest] = []
        self.tests: list[str] = []
        self.is_stopped = False

    def __call__(self, request: RunRequest, listeners: RunListeners) -> StoppedRun | FinishedRun:
        self.asked.append(request)
        self.tests = Path(str(request.test_list)).read_text().split("\n")
        if self.is_stopped:
            return StoppedRun("the-run", 3)
        return finished_before(RunFolder(self.folder), listeners)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    found = Runs(record_run(tmp_path / "run"))
    journal = found.folder / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"details": {', '"program": "list", "details": {', 1))
    monkeypatch.setattr("certmark.app.refstack.running.run_cloud", found)
    return found


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    return lambda *words: Said(("refstack-client", *words), capsys)


TEST = ("test", "-c", "tempest.conf", "--test-list", "list.txt")


@pytest.mark.usefixtures("place")
def test_a_run_is_judged_and_saved_under_the_id_that_the_old_client_gave_the_cloud(say: Any, runs: Runs) -> None:
    said = say(*TEST)
    assert said.status == Exit.OK, said.err
    assert said.out.startswith("list: PASS; "), said.out
    assert json.loads(Path(".stestr/0.json").read_text()) == {
        "cpid": "identity",
        "duration_seconds": 2,
        "results": RESULTS,
    }
    assert "RefStack knows the cloud as identity: the id of the identity service in its catalogue" in said.err
    assert "JSON results saved in: .stestr/0.json" in said.err
    (asked,) = runs.asked
    assert (asked.tempest_conf, asked.test_list, asked.workers) == (Path("tempest.conf"), "list.txt", 1)


@pytest.mark.usefixtures("place", "runs")
def test_where_nobody_can_sign_in_the_id_is_the_other_one_and_that_is_said(say: Any, cloud: FakeCloud) -> None:
    cloud.refused.add("demo")
    said = say(*TEST, "-s")
    assert json.loads(Path(".stestr/0.json").read_text())["cpid"] == MD5
    assert f"RefStack knows the cloud as {MD5}: MD5 of the host name of Keystone, for " in said.err
    assert "loopback-password" not in said.err


@pytest.mark.usefixtures("place", "runs")
def test_that_keystone_is_not_checked_is_said_aloud(say: Any, cloud: FakeCloud) -> None:
    text = f"nobody checks who answers as {cloud.url}/v3: whoever is on the way there can read the password"
    assert text in say(*TEST, "-k", "-s").err
    assert text not in say(*TEST).err


@pytest.mark.usefixtures("place", "runs")
def test_no_saved_run_is_written_over(say: Any) -> None:
    for words in ((), ("-r", "nightly"), ("-r", "nightly")):
        assert say(*TEST, *words).status == Exit.OK
    Path(".stestr/10").write_text("a stream of stestr")
    say(*TEST)
    assert sorted(path.name for path in Path(".stestr").iterdir()) == [
        "0.json", "10", "11.json", "nightly-1.json", "nightly-2.json",
    ]  # fmt: skip
    Path(".tempest").mkdir()
    say(*TEST)
    assert Path(".tempest/.stestr/0.json").is_file(), "where the old client's own checkout has it"
    assert say(*TEST, "-r", "../x").status == Exit.USAGE


@pytest.mark.usefixtures("place", "runs")
def test_with_u_the_saved_json_is_sent_where_nobody_is_there_to_be_asked(say: Any, stub: RefStack) -> None:
    said = say(*TEST, "-u")
    assert (said.status, said.out.splitlines()[-2]) == (Exit.OK, "Test results uploaded!"), said.err
    assert json.loads(stub.asked[0].body) == json.loads(Path(".stestr/0.json").read_text())


@pytest.mark.usefixtures("place", "runs")
def test_who_is_at_a_terminal_is_asked_unless_yes_is_said(
    say: Any, stub: RefStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("certmark.cli.refstack.sending.can_be_asked", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
    said = say(*TEST, "-u")
    assert (said.status, stub.asked) == (Exit.OK, [])
    assert "Ok? (yes/y)" in said.err
    assert say(*TEST, "-u", "-y").status == Exit.OK
    assert len(stub.asked) == 1


@pytest.mark.usefixtures("place")
def test_a_failed_run_ends_as_one_and_what_passed_is_sent(say: Any, runs: Runs, stub: RefStack) -> None:
    (runs.folder / "streams" / "w0-a1.subunit").write_bytes(stream_of("a.First.test"))
    assert say(*TEST, "-u").status == Exit.FAIL
    assert json.loads(stub.asked[0].body)["results"] == RESULTS[1:]


@pytest.mark.usefixtures("place")
def test_of_a_run_in_which_nothing_passed_nothing_is_sent(say: Any, runs: Runs, stub: RefStack) -> None:
    failed = [attempt(name)._replace(outcome=Outcome.FAILED) for name in NAMES]
    with (runs.folder / "streams" / "w0-a1.subunit").open("wb") as stream:
        write_v2(failed, stream)
    said = say(*TEST, "-u")
    assert (said.status, stub.asked) == (Exit.UNREADABLE, [])
    assert "no test passed in 0.json, and RefStack takes passed tests only; nothing is sent" in said.err
    assert "FAIL" in said.out


@pytest.mark.usefixtures("place")
def test_a_run_of_which_the_form_cannot_tell_is_not_saved(say: Any, runs: Runs, stub: RefStack, assets: Path) -> None:
    odd = (assets / "junit" / "suite_counts_failures_that_no_case_shows.xml").read_bytes()
    (runs.folder / "streams" / "w1-a1.xml").write_bytes(odd)
    said = say(*TEST, "-u")
    assert said.status == Exit.UNREADABLE, "it passes, and is not sent"
    assert "nothing is saved for RefStack: RefStack's form has no word for this" in said.err
    assert (Path(".stestr").exists(), stub.asked) == (False, [])


@pytest.mark.usefixtures("place", "runs", "stub")
def test_a_server_that_is_away_costs_no_results(say: Any) -> None:
    said = say(*TEST, "-u", "--url", "http://127.0.0.1:1")
    assert said.status == Exit.ENVIRONMENT
    assert "the run is judged and saved, and was not sent: the server does not answer" in said.err
    assert said.err.endswith("; send it with: certmark refstack-client upload .stestr/0.json\n")


@pytest.mark.usefixtures("place")
def test_that_no_server_is_named_is_said_before_the_tests_run(say: Any, runs: Runs) -> None:
    said = say(*TEST, "-u")
    assert (said.status, runs.asked) == (Exit.USAGE, [])
    assert "name the server with --url URL, or in REFSTACK_URL" in said.err


@pytest.mark.usefixtures("place")
def test_a_stopped_run_is_neither_saved_nor_sent(say: Any, runs: Runs, stub: RefStack) -> None:
    runs.is_stopped = True
    said = say(*TEST, "-u")
    assert (said.status, stub.asked, Path(".stestr").exists()) == (Exit.INTERRUPTED, [], False)
    assert "go on with: certmark resume the-run" in said.err


@pytest.mark.usefixtures("place")
def test_a_list_is_fetched_from_a_server_and_its_errors_are_no_tests(say: Any, runs: Runs, cloud: FakeCloud) -> None:
    path = "/v1/guidelines/2020.06/tests"
    cloud.answers[f"GET {path}"] = Answer(f"a.First.test[id-{U1}]\na.Second.test[id-{U2}]".encode())
    words = ("test", "-c", "tempest.conf", "--test-list", f"{cloud.url}{path}?target=compute&type=required")
    assert say(*words).status == Exit.OK
    assert runs.tests == [f"a.First.test[id-{U1}]", f"a.Second.test[id-{U2}]"]
    assert f"GET {path}" in cloud.asked
    assert Path(str(runs.asked[0].test_list)).name == "tests.txt"
    for body, status in ((b"Invalid target: x", 200), (b"", 204), (b"Error getting JSON content for version: x", 200)):
        cloud.answers[f"GET {path}"] = Answer(body, status)
        said = say(*words)
        assert (said.status, len(runs.asked)) == (Exit.USAGE, 1)
        assert f"there is no list of tests at {cloud.url}{path}" in said.err
    cloud.answers[f"GET {path}"] = Answer(b"<html>no</html>", 404)
    assert say(*words).status == Exit.USAGE
    assert len(runs.asked) == 1


LISTED = (
    f"tempest.api.identity.v3.test_tokens.Tokens.test_create[id-{U1},smoke]",
    f"tempest.api.object_storage.test_container.Containers.test_create[id-{U2}]",
    "tempest.scenario.test_all.All.test_all[id-33333333-3333-4333-8333-333333333333,slow,smoke]",
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), (0, 1, 2)),
        (("tempest.api",), (0, 1)),
        (("--regex", r"test_create\["), (0, 1)),
        (("-r", "Tokens", "--regex", "All"), (0, 2)),
        (("--smoke",), (0, 2)),
        (("--smoke", "--exclude-regex", "slow"), (0,)),
        (("--include-list", "include"), (1, 2)),
        (("--whitelist_file", "include", "--black-regex", "scenario"), (1,)),
        (("--exclude-list", "include"), (0,)),
    ],
)
@pytest.mark.usefixtures("place")
def test_words_of_tempest_run_choose_the_tests(
    say: Any, runs: Runs, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], found: tuple[int, ...]
) -> None:
    lists(monkeypatch)
    Path("include").write_text("# containers\nobject_storage  # all of it\n\n^tempest.scenario\n")
    assert say("test", "-c", "tempest.conf", "--", *words).status == Exit.OK
    assert runs.tests == [*(LISTED[number] for number in found), ""]


def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tempest as a list of three tests."""

    class Installed:
        class suite:  # noqa: N801 - as the value has it
            title = "Tempest"

        version = "47.0.0"

    monkeypatch.setattr("certmark.app.refstack.chosen_tests.installed_for", lambda *_: Installed)
    monkeypatch.setattr("certmark.app.refstack.chosen_tests.list_tests", lambda *_: LISTED)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--", "no.such.test"), "Tempest 47.0.0 has no test that was asked for"),
        (("--", "--regex", "("), "'(' is no regular expression: "),
        (("--test-list", "list.txt", "--", "tempest.api"), "a list of tests and patterns of names both say"),
        (("--test-list", "list.txt", "--", "--load-list", "list.txt"), "both name a list of tests; keep one"),
        (("--test-list", "nowhere.txt"), "there is no list of tests 'nowhere.txt'"),
        (("--test-list", "ftp://example.org/list"), "'ftp://example.org/list' is no address of a server"),
    ],
)
@pytest.mark.usefixtures("place")
def test_tests_that_cannot_be_chosen_are_one_sentence(
    say: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
) -> None:
    lists(monkeypatch)
    said = say("test", "-c", "tempest.conf", *words)
    assert (said.status, sentence in said.err) == (Exit.USAGE, True), said.err


def test_another_word_of_tempest_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        tempest_words(["--combine"])
    assert end.value.code == Exit.USAGE
    assert "unrecognized arguments: --combine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "workers"),
    [
        ((), 1),
        (("-p",), None),
        (("--", "--concurrency", "4"), 4),
        (("-p", "--", "--concurrency", "4"), 4),
        (("--", "--concurrency", "0"), None),
        (("--", "--parallel"), None),
        (("-p", "--", "--serial"), 1),
    ],
)
@pytest.mark.usefixtures("place")
def test_classes_run_one_after_the_other_unless_more_are_asked_for(
    say: Any, runs: Runs, words: tuple[str, ...], workers: int | None
) -> None:
    assert say(*TEST, *words).status == Exit.OK
    assert runs.asked[0].workers == workers


def test_what_goes_in_clear_is_said() -> None:
    remarks: list[Remark] = []
    for url in ("http://192.0.2.1:8000", "http://127.0.0.1:8000", "https://192.0.2.1"):
        connection_to(url, remarks.append, api="", is_checked=True)
    assert [remark.text for remark in remarks] == [
        "http://192.0.2.1:8000 is not https: whoever is on the way there can read and change what is said"
    ]


CONFIG = ("config", "--os-cloud", "fake")


@pytest.fixture
def described(place: Path, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clouds.yaml that names the cloud."""
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(place)))
    return place


def values(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    assert parser.read(path, encoding="utf-8")
    return {f"{section}.{name}": value for section in parser.sections() for name, value in parser.items(section)}


@pytest.mark.usefixtures("described")
def test_config_writes_what_discovery_finds_under_the_old_words(say: Any, cloud: FakeCloud) -> None:
    overrides = "compute.image_ref=one,validation.ssh_shell_prologue='set -eu, -o pipefail;',auth.tempest_roles="
    words = ("--use-test-accounts", "accounts.yaml", "--network-id", "outside", "--overrides", overrides)
    said = say(*CONFIG, *words)
    assert said.status in {Exit.OK, Exit.INCOMPLETE}, said.err
    found = values(Path("etc/tempest.conf"))
    assert found["identity.uri_v3"] == f"{cloud.url}/v3"
    assert found["network.public_network_id"] == "outside"
    assert found["compute.image_ref"] == "one"
    assert found["validation.ssh_shell_prologue"] == "\"'set -eu, -o pipefail;'\"", "as oslo.config reads it"
    assert found["auth.tempest_roles"] == ""
    assert found["auth.use_dynamic_credentials"] == "false"
    assert {line for line in cloud.asked if not line.startswith("GET ")} == {"POST /v3/auth/tokens"}


@pytest.mark.usefixtures("described")
def test_config_keeps_what_is_there(say: Any) -> None:
    Path("mine.conf").write_text("[DEFAULT]\n")
    say(*CONFIG, "--out", "mine.conf")
    (kept,) = Path().glob("mine.conf.*")
    assert kept.read_text() == "[DEFAULT]\n"
    assert "identity.uri_v3" in values(Path("mine.conf"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--overrides", "image_ref=one"), "--overrides takes SECTION.OPTION=VALUE, with commas between, not 'image_ref'"),
        (("--overrides", "volume-feature-enabled.api_v2=True"), "volume-feature-enabled.api_v2"),
        (("-k",), "what is checked of a cloud stands in clouds.yaml (verify: false), so -k means nothing here"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("described")
def test_what_config_does_not_take_is_one_sentence(say: Any, words: tuple[str, ...], sentence: str) -> None:
    said = say(*CONFIG, *words)
    assert (said.status, sentence in said.err) == (Exit.USAGE, True), said.err
    assert not Path("etc").exists()
