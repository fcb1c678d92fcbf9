"""Whatever `judge` reads is sent by the real command to a real server, whose verdict is that of `judge`."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from certmark.cli.exits import Exit
from certmark.formats.guideline import load
from certmark.formats.results.recognition import ResultsKind
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from support.recorded_run import RUN, record_run
from support.said import Said
from support.server import answering
from support.signed import Signed

pytestmark = pytest.mark.enable_socket
ROOT = Path(__file__).parents[2]
EXAMPLES, ASSETS = ROOT / "examples", ROOT / "tests" / "assets"
OBJECT = ("-g", "2026.11", "-p", "object")
DAY = ("--as-of", "2026-11-28")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Services]]:
    """A server of one folder."""
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("server")))
    create(settings)
    with services_of(settings) as services:
        asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        with answering(application(services, lambda _: asker)) as url:
            yield url, services


@pytest.fixture(scope="module")
def signed(server: tuple[str, Services], tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """A bundle, whose guideline the server knows."""
    found = Signed(tmp_path_factory.mktemp("signed"))
    revision = Revision(bytes.fromhex(found.guideline.sha256), found.guideline.id, "", "a test", 1)
    with server[1].database.write() as transaction:
        guidelines.add(transaction, revision, found.guideline.data)
    return found


@pytest.fixture
def say(
    server: tuple[str, Services], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], signed: Signed
) -> Callable[..., Said]:
    """The command, which finds the server, and the run by its id."""
    monkeypatch.setenv("CERTMARK_SERVER", server[0])
    state = signed.run.parent / "state"
    if not state.exists():
        (state / "certmark" / "runs").mkdir(parents=True)
        (state / "certmark" / "runs" / RUN).symlink_to(signed.run)
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    return lambda *words: Said(words, capsys)


class Case(NamedTuple):
    """Something that is sent."""

    file: Callable[[Path, Signed], str]
    """What is named on the command line."""
    terms: tuple[str, ...] = OBJECT


def written(name: str, content: Callable[[], bytes]) -> Callable[[Path, Signed], str]:
    def write(folder: Path, _: Signed) -> str:
        (folder / name).write_bytes(content())
        return str(folder / name)

    return write


def there(path: Path) -> Callable[[Path, Signed], str]:
    return lambda *_: str(path)


def sonobuoy() -> bytes:
    out = BytesIO()
    content = (ASSETS / "junit" / "tempest.xml").read_bytes()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("plugins/e2e/results/global/junit_01.xml")
        member.size = len(content)
        archive.addfile(member, BytesIO(content))
    return out.getvalue()


def refstack() -> bytes:
    tests = [test for one in load("2026.11").capabilities.values() for test in one.tests]
    results = [{"name": test.name, "uuid": test.uuid} for test in tests[:40]]
    return json.dumps({"cpid": "a" * 32, "duration_seconds": 5, "results": results}).encode()


def junit_of_everything() -> bytes:
    names = [test.name for one in load("2026.11").capabilities.values() for test in one.tests]
    cases = "".join(f'<testcase classname="{n.rpartition(".")[0]}" name="{n.rpartition(".")[2]}"/>' for n in names)
    return f'<testsuite name="tempest">{cases}</testsuite>'.encode()


CASES = {
    "subunit v2 that passes": Case(there(EXAMPLES / "object-storage-pass.subunit")),
    "subunit v2 that fails": Case(there(EXAMPLES / "object-storage-broken.subunit")),
    "subunit v2, packed, partial": Case(there(EXAMPLES / "compute.subunit.gz")),
    "subunit v1, packed": Case(there(ASSETS / "subunit" / "object_server_stopped.v1.gz")),
    "JUnit that passes": Case(written("all.xml", junit_of_everything)),
    "JUnit that passes, packed": Case(written("all.xml.gz", lambda: gzip.compress(junit_of_everything()))),
    **{f"JUnit, {path.stem}": Case(there(path)) for path in sorted((ASSETS / "junit").glob("*.xml"))},
    "Sonobuoy": Case(written("sonobuoy.tar.gz", sonobuoy)),
    "RefStack": Case(written("0.json", refstack)),
    "bundle": Case(lambda _, signed: str(signed.bundle), ()),
    "folder of a run": Case(lambda _, signed: str(signed.run), ()),
    "id of a run": Case(lambda *_: RUN, ()),
    "beginning of the id of a run": Case(lambda *_: RUN[:12], ()),
    "the last run": Case(lambda *_: "last", ()),
}


def judgement(said: Said) -> dict[str, Any]:
    return dict(json.loads(said.out)["judgement"])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_server_says_what_judge_says(say: Callable[..., Said], tmp_path: Path, signed: Signed, case: Case) -> None:
    named = case.file(tmp_path, signed)
    here = say("judge", named, *case.terms, *DAY, "-f", "json")
    there = say("submit", named, *case.terms, "--json", "--wait")
    assert there.status == here.status, there.err
    if here.status == Exit.UNREADABLE:
        assert there.err == here.err
        return
    run = there.json["run"]
    shown = say("remote", "show", run["id"], *DAY, "-f", "json")
    assert (shown.status, judgement(shown)) == (here.status, judgement(here))
    assert run["verdict"]["sentence"] == judgement(here)["sentence"]


def test_a_report_is_judged_as_what_it_was_made_of(say: Callable[..., Said], tmp_path: Path) -> None:
    for number, name in enumerate(("pass", "broken")):
        made = say("judge", str(EXAMPLES / f"object-storage-{name}.subunit"), *OBJECT, *DAY, "-f", "json")
        report = tmp_path / f"{name}.json"
        report.write_text(made.out)
        sent = say("submit", str(report), *OBJECT, "--json")
        assert (sent.status, sent.json["run"]["verdict"]["sentence"]) == (number, judgement(made)["sentence"])


def test_what_was_not_sent_is_not_reported_and_never_passed(say: Callable[..., Said]) -> None:
    run = say("submit", str(ASSETS / "junit" / "tempest.xml"), *OBJECT, "--tag", "a=b", "--json").json["run"]
    assert (run["verdict"]["standing"], run["verdict"]["is_partial"]) == ("incomplete", True)
    sent = {one["name"] for one in say("remote", "results", run["id"], "--json").json["results"]}
    tests = [
        test
        for one in judgement(say("remote", "show", run["id"], "-f", "json"))["capabilities"]
        for test in one["tests"]
        if test["name"] not in sent
    ]
    assert tests
    assert not any(test.get("state") == "passed" for test in tests)
    assert "partial" in say("remote", "list", "--tag", "a=b").out


def test_a_partial_run_never_replaces_the_last_whole_one(say: Callable[..., Said]) -> None:
    product = ("--product", "Acme/Whole", *OBJECT)
    whole = say("submit", str(EXAMPLES / "object-storage-pass.subunit"), *product, "--json").json["run"]
    partial = say("submit", str(ASSETS / "junit" / "tempest.xml"), *product, "--json").json["run"]
    listed = say("remote", "list", "--product", "Acme/Whole", "--json").json["runs"]
    assert [one["id"] for one in listed] == [partial["id"], whole["id"]]
    listed = say("remote", "list", "--product", "Acme/Whole", "--whole", "--json").json["runs"]
    assert [one["id"] for one in listed] == [whole["id"]]


def test_several_files_are_one_submission_and_judged_as_judge_does(say: Callable[..., Said], tmp_path: Path) -> None:
    half = EXAMPLES / "object-storage-broken.subunit"
    files = [str(half), str(EXAMPLES / "object-storage-pass.subunit"), CASES["Sonobuoy"].file(tmp_path, None)]  # type: ignore[arg-type]  # it asks nothing of it
    here = say("judge", *files, *OBJECT, *DAY, "-f", "json")
    dry = say("submit", *files, *OBJECT, "--dry-run", "--json").json
    assert dry["files"] == files
    first, second = (say("submit", *files, *OBJECT, "--json") for _ in range(2))
    assert first.status == second.status == here.status, first.err
    assert first.json["run"]["id"] == second.json["run"]["id"]
    shown = say("remote", "show", first.json["run"]["id"], *DAY, "-f", "json")
    assert judgement(shown) == judgement(here)
    fetched = tmp_path / "fetched.tar"
    assert say("remote", "get", first.json["run"]["id"], "-o", str(fetched)).status == Exit.OK
    again = say("judge", str(fetched), *OBJECT, *DAY, "-f", "json")
    assert judgement(again) == judgement(here)


def test_parts_that_disagree_are_refused_by_name_and_leave_nothing(
    say: Callable[..., Said], tmp_path: Path, signed: Signed
) -> None:
    other = record_run(tmp_path / "other")
    manifest = other / "journal.jsonl"
    manifest.write_text(manifest.read_text().replace('"toy"', '"jot"'))
    (tmp_path / "other.tar.gz").write_bytes(bundle_of(other))
    before = say("remote", "list", "--json").json["runs"]
    refused = say("submit", str(signed.bundle), str(tmp_path / "other.tar.gz"))
    assert refused.status == Exit.UNREADABLE, refused.err
    assert Path(signed.bundle).name in refused.err
    assert "other.tar.gz" in refused.err
    assert "the suite is 'toy 1'" in refused.err
    broken = say("submit", str(EXAMPLES / "object-storage-pass.subunit"), str(EXAMPLES / "README.md"), *OBJECT)
    assert (broken.status, "README.md" in broken.err) == (Exit.UNREADABLE, True)
    assert say("remote", "list", "--json").json["runs"] == before


def bundle_of(run: Path) -> bytes:
    from certmark.evidence.bundle import write_bundle

    return Path(write_bundle(run)).read_bytes()


def test_the_kinds_that_there_are_are_all_sent_here() -> None:
    assert {kind.name for kind in ResultsKind} == {
        "SUBUNIT_V2", "SUBUNIT_V1", "XML", "JSON", "TAR", "BUNDLE", "PARTS",
    }  # fmt: skip
