"""Which guideline is meant: the shipped ones by id and by program, files by path, and what is said of each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from certmark.app.run.judging import asked_of, keep
from certmark.app.run.requests import RunRequest
from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.formats.guideline import DEFAULT, load
from certmark.formats.run_folder import RunFolder

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BROKEN, COMPUTE = str(EXAMPLES / "object-storage-broken.subunit"), str(EXAMPLES / "compute.subunit.gz")
IMPOSTOR = "# policy: strict\n# title: Interoperable Object Storage\na.b.C.test_d\n"


class Said(NamedTuple):
    status: int
    out: str
    err: str


Certmark = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def certmark(capsys: pytest.CaptureFixture[str], folder: Path) -> Certmark:  # noqa: ARG001 - where it runs
    def run(*words: str) -> Said:
        status = main(list(words))
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


@pytest.mark.parametrize("named", [[], ["-g", DEFAULT]])
@pytest.mark.parametrize("is_folder", [True, False])
def test_the_default_is_the_shipped_guideline_whatever_lies_in_the_folder(
    certmark: Certmark, folder: Path, named: list[str], *, is_folder: bool
) -> None:
    (folder / DEFAULT).mkdir() if is_folder else (folder / DEFAULT).write_text(IMPOSTOR)
    said = certmark("judge", BROKEN, "-p", "object", *named)
    assert said.status == Exit.FAIL
    assert said.out.startswith("Interoperable Object Storage under the draft guideline 2026.11: FAIL; ")
    told = f"certmark: {DEFAULT} is the guideline that ships along; write ./{DEFAULT} to name what lies here"
    assert (told in said.err) is bool(named)


def test_a_file_with_the_id_of_a_shipped_guideline_is_told_in_the_verdict(certmark: Certmark, folder: Path) -> None:
    (folder / DEFAULT).write_text(IMPOSTOR)
    said = certmark("judge", BROKEN, "-g", f"./{DEFAULT}")
    digest = load(f"./{DEFAULT}").sha256
    head = f"Interoperable Object Storage under guideline 2026.11 (SHA-256 {digest[:12]}…, not the one that ships"
    assert said.out.startswith(head)
    assert f"    {digest}  guideline 2026.11\n" in said.out


def test_the_text_report_names_the_digests_of_guideline_and_evidence(certmark: Certmark) -> None:
    from hashlib import sha256

    said = certmark("judge", BROKEN, "-p", "object")
    assert f"    {load(DEFAULT).sha256}  the draft guideline 2026.11, from certmark/" in said.out
    assert f"    {sha256(Path(BROKEN).read_bytes()).hexdigest()}  object-storage-broken.subunit\n" in said.out


def test_a_program_of_another_shipped_guideline_is_found_without_naming_it(certmark: Certmark) -> None:
    said = certmark("judge", COMPUTE, "-p", "scs")
    assert said.out.startswith("SCS-0128 (SCS end-to-end testing), a draft, version v1: FAIL; ")
    assert (
        "Policy none-failed: No test may fail; a skipped test does not count, a test that did not run leaves"
        in said.out
    )
    assert ", from https://docs.scs.community/standards/scs-0128-v1-e2e-testing\n" in said.out
    listed = certmark("guideline", "tests", "-p", "SCS-0128", "--format", "ids")
    assert len(listed.out.splitlines()) == 258


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["-p", "databases"],
            'in what ships along: "Interoperable Object Storage" (object-storage, object, ',
        ),
        (["-p", "openstack"], "'openstack' fits several programs in 2026.11; it has "),
        (
            ["-p", "compute", "-g", "scs-0128"],
            "there is no program 'compute' in scs-0128; it is a list with one program, ",
        ),
        (
            ["-p", "kubernetes"],
            "one for each release (https://github.com/kubernetes/kubernetes, the tag of your release)",
        ),
        (["-p", "k8s"], "test/conformance/testdata/conformance.yaml"),
    ],
)
def test_a_program_that_does_not_ship_is_answered_with_those_that_do_and_where_others_are(
    certmark: Certmark, words: list[str], message: str
) -> None:
    said = certmark("judge", COMPUTE, *words)
    assert (said.status, said.out) == (Exit.USAGE, "")
    assert message in said.err


def test_an_old_guideline_is_answered_with_where_it_is_to_be_had(certmark: Certmark) -> None:
    said = certmark("judge", COMPUTE, "-g", "2020.11", "-p", "compute")
    assert said.status == Exit.UNREADABLE
    assert "(2026.11, scs-0128); the guidelines of 2015 to 2022 are JSON files of the retired interop" in said.err
    assert said.err.endswith("; name your copy with --guideline\n")


def test_a_list_with_a_header_is_called_by_it(certmark: Certmark, folder: Path) -> None:
    (folder / "nightly.lst").write_text("# program: Nightly\n# title: What must work\n# version: 3\na.b.C.test_d\n")
    said = certmark("judge", BROKEN, "-g", "nightly.lst", "-q")
    assert said.out.startswith("Nightly (What must work), version 3: INCOMPLETE; ")
    (folder / "mine.lst").write_text("a.b.C.test_d\n")
    assert certmark("judge", BROKEN, "-g", "mine.lst", "-q").out.startswith("mine: INCOMPLETE; ")


def test_the_report_for_the_monitor_of_scs_is_written_by_its_ending(certmark: Certmark, folder: Path) -> None:
    said = certmark("judge", COMPUTE, "-p", "scs", "-q", "--product", "north", "-o", "report.yaml")
    assert said.status == Exit.FAIL
    report = yaml.safe_load((folder / "report.yaml").read_text())
    assert (report["subject"], report["run"]["invocations"]["tempest"]["results"]) == (
        "north",
        {"scs-0128-e2e-testing": -1},
    )
    assert certmark("judge", COMPUTE, "-p", "scs", "-q", "-f", "scs").err.endswith("; name it with --product\n")


def test_a_guideline_from_standard_input_is_read(folder: Path) -> None:
    words = [sys.executable, "-m", "certmark", "judge", BROKEN, "-g", "-", "-q", "--json"]
    done = subprocess.run(words, input=b"a.b.C.test_d\n", capture_output=True, check=False, cwd=folder)
    assert json.loads(done.stdout)["judgement"]["guideline"]["id"] == "standard input"


@pytest.mark.parametrize(
    ("named", "program", "file"),
    [
        (None, "scs", "scs-0128.lst"),
        ("scs-0128", None, "scs-0128.lst"),
        (None, "object", "2026.11.json"),
        ("./mine.lst", None, "mine.lst"),
    ],
)
def test_a_run_keeps_its_guideline_under_the_name_by_which_it_is_read_again(
    folder: Path, named: str | None, program: str | None, file: str
) -> None:
    (folder / "mine.lst").write_text("a.b.C.test_d\n")
    request = RunRequest(guideline=named, program=program)
    asked = asked_of(request)
    kept, _ = keep(RunFolder(folder / "run"), request, asked)
    again = load(str(RunFolder(folder / "run").guideline / file))
    assert (kept.file, again, kept.program) == (file, asked.guideline, asked.program.name)


def test_the_page_of_a_list_has_its_name_once(certmark: Certmark, folder: Path) -> None:
    (folder / "mine.lst").write_text("a.b.C.test_d\n")
    assert "<h1>mine</h1>" in certmark("judge", BROKEN, "-g", "mine.lst", "-q", "-f", "html").out
    assert (
        "<h1>SCS-0128 (SCS end-to-end testing)</h1>" in certmark("judge", COMPUTE, "-p", "scs", "-q", "-f", "html").out
    )
