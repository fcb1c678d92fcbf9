"""The folder of results that every wrapper collects, and options that come from the environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.cli.console import Console
from certmark.cli.options.variables import with_variables
from certmark.cli.parser import Parser
from certmark.cli.run.results_folder import NAMES, ResultsFolder
from certmark.cli.run.run import VARIABLES, Options
from certmark.evidence.bundle import verify_bundle
from certmark.formats.run_folder import BUNDLE
from certmark.reporting.views import View
from certmark.runner import run as runner
from support.toy import SUITES
from support.waiting import PATIENCE, wait_until

CERTMARK = (sys.executable, "-m", "certmark")


class Wrapper:
    """Whatever starts a run: it sets variables, waits, and looks into the folder of results."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.results = folder, folder / "results"
        self.env = {
            **os.environ,
            "CERTMARK_HOME": str(folder / "home"),
            "CERTMARK_CACHE": str(folder / "cache"),
            "TOY_SECONDS": "0",
            "TOY_LOG": str(folder / "ran"),
            "CERTMARK_RUN_SUITE": str(SUITES / "toy.json"),
            "CERTMARK_RUN_TEMPEST": sys.executable,
            "CERTMARK_RUN_CONCURRENCY": "2",
            "CERTMARK_RUN_RESULTS": str(self.results),
            "CERTMARK_RUN_QUIET": "true",
        }

    def list_of(self, *tests: str) -> None:
        """The tests that are run."""
        path = self.folder / "list.txt"
        path.write_text("".join(f"toy.{test}\n" for test in tests))
        self.env["CERTMARK_RUN_GUIDELINE"] = str(path)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*CERTMARK, *(words or ("run",))],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @property
    def summary(self) -> str:
        return (self.results / "summary.txt").read_text()


@pytest.fixture
def wrapper(tmp_path: Path) -> Wrapper:
    one = Wrapper(tmp_path)
    one.list_of("passing.Good.test_a", "passing.Other.test_a")
    return one


def test_the_folder_has_every_report_by_its_name_and_the_status_is_the_verdicts(wrapper: Wrapper) -> None:
    done = wrapper.run()
    assert done.returncode == 0, done.stderr
    assert {path.name for path in wrapper.results.iterdir()} == set(NAMES)
    assert wrapper.summary == done.stdout
    assert json.loads((wrapper.results / "badge.json").read_text())["message"] == "pass"
    assert verify_bundle(str(wrapper.results / BUNDLE)).holds
    events = [json.loads(line)["event"] for line in (wrapper.results / "events.jsonl").read_text().splitlines()]
    assert events[0] == "run-began"
    assert events[-1] == "run-ended"


@pytest.mark.parametrize(
    ("tests", "status", "word"),
    [
        (["passing.Good.test_a", "troubles.Fails.test_fails"], 1, "FAIL"),
        (["passing.Good.test_gone"], 5, "no verdict"),
    ],
    ids=["a failure", "nothing to run"],
)
def test_what_is_no_pass_is_no_success_and_no_earlier_report_stays(
    wrapper: Wrapper, tests: list[str], status: int, word: str
) -> None:
    wrapper.results.mkdir()
    for name in ("report.json", "summary.txt", "junit-compute.xml", "mine.xml"):
        (wrapper.results / name).write_text("of yesterday")
    wrapper.list_of(*tests)
    done = wrapper.run()
    assert done.returncode == status, done.stderr
    assert word in wrapper.summary
    found = {path.name for path in wrapper.results.iterdir() if path.read_bytes() == b"of yesterday"}
    assert found == {"mine.xml"}


def test_files_of_somebody_else_stay(tmp_path: Path) -> None:
    (tmp_path / "report-of-mine.json").touch()
    ResultsFolder(tmp_path)
    assert (tmp_path / "report-of-mine.json").exists()


@pytest.mark.parametrize(
    ("variables", "words", "expected"),
    [
        ({"OS_CLOUD": "north"}, [], ["--os-cloud=north"]),
        ({"OS_CLOUD": "north"}, ["--os-cloud", "south"], ["--os-cloud", "south"]),
        ({"CONCURRENCY": "2"}, ["-j4"], ["-j4"]),
        ({"PROGRAM": "compute\n object\n\n"}, [], ["--program=compute", "--program=object"]),
        ({"PROGRAM": "compute"}, ["-p", "object"], ["-p", "object"]),
        ({"SUBMIT": "true", "LIVE": "no", "QUIET": "0"}, [], ["--submit"]),
        ({"OS_CLOUD": "", "SUBMIT": " "}, [], []),
        ({"TAG": "a=--quiet\nb=$(id)"}, [], ["--tag=a=--quiet", "--tag=b=$(id)"]),
    ],
)
def test_a_variable_stands_for_an_option(variables: dict[str, str], words: list[str], expected: list[str]) -> None:
    environ = {"PATH": "/bin", **{VARIABLES + name: value for name, value in variables.items()}}
    parser = Parser(prog="certmark run", description="")
    assert with_variables(VARIABLES, Options, words, environ, parser) == [
        *expected[: len(expected) - len(words)],
        *words,
    ]
    assert environ == {"PATH": "/bin"}, "what is started does not read them again"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PROGRM", "x", "names no option (did you mean CERTMARK_RUN_PROGRAM?)"),
        ("SUBMIT", "maybe", "takes true or false"),
    ],
)
def test_a_variable_that_makes_no_sense_is_refused(
    name: str, value: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = Parser(prog="certmark run", description="")
    with pytest.raises(SystemExit) as end:
        with_variables(VARIABLES, Options, [], {VARIABLES + name: value}, parser)
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.thorough  # ten seconds are what a running test is given
def test_a_run_that_is_ended_has_a_report_within_twenty_seconds_and_can_go_on(wrapper: Wrapper) -> None:
    assert runner._GRACE < 15  # noqa: SLF001 - the promise of the documents
    wrapper.list_of("passing.Good.test_a", "slow.Slow1.test_1", "slow.Slow1.test_2")
    gate = wrapper.folder / "gate"
    with subprocess.Popen(
        [*CERTMARK, "run", "--folder", str(wrapper.folder / "run")],
        env=wrapper.env | {"TOY_GATE": str(gate), "TOY_FREE": "0"},
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_until((wrapper.folder / "ran").exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 130
    assert wrapper.summary.startswith("stopped before its end")
    assert "INCOMPLETE" in wrapper.summary
    assert set(NAMES) - {BUNDLE} <= {path.name for path in wrapper.results.iterdir()}
    gate.touch()
    done = wrapper.run("resume", str(wrapper.folder / "run"), "--results", str(wrapper.results), "-q")
    assert done.returncode == 0, done.stderr
    assert "PASS" in wrapper.summary


def test_many_clouds_have_a_folder_each(wrapper: Wrapper) -> None:
    fleet = wrapper.folder / "fleet.yaml"
    fleet.write_text(
        "fleet: two\nclouds:\n  here: {owner: a, tempest-conf: tempest.conf}\n"
        "  away: {owner: a, available: false, reason: mended, until: 2099-12-31}\n"
    )
    (wrapper.folder / "tempest.conf").write_text("")
    wrapper.env |= {"CERTMARK_RUN_ALL_CLOUDS": str(fleet), "CERTMARK_RUN_FOLDER": str(wrapper.folder / "runs")}
    done = wrapper.run()
    assert done.returncode == json.loads((wrapper.results / "report.json").read_text())["exit_status"], done.stderr
    assert [path.name for path in wrapper.results.iterdir() if path.is_dir()] == ["here"]
    assert (wrapper.results / "here" / "summary.txt").exists()


@pytest.mark.parametrize(("size", "is_cut"), [(1000, False), (2 << 20, True)])
def test_the_summary_of_a_job_stays_as_large_as_github_shows(
    size: int, is_cut: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from certmark.cli import display
    from certmark.cli.options.output import Output
    from certmark.reporting.views import Form

    path = tmp_path / "summary"
    path.write_text("of an earlier step\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    monkeypatch.setattr(
        display, "render", lambda _view, form: b"a line\n" * (size // 7) if form is Form.MARKDOWN else b""
    )
    display.write(View(), [Output(Form.GITHUB, None)], Console())
    text = path.read_bytes()
    assert len(text) <= 1 << 20
    assert text.endswith(b"is whole.*\n") is is_cut
    assert text.startswith(b"of an earlier step\na line\n")
