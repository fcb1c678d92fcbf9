"""A run of a part, of several programs, of a list of one's own; and a run that is only planned."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from support.toy import SUITES


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The beginning of a command line that runs the small suite."""
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TOY_SECONDS", "0.01")
    monkeypatch.chdir(tmp_path)
    return ["run", "--suite", str(SUITES / "toy.json"), "--tempest", sys.executable, "--folder", "r", "-j", "1"]


LIST = ["-g", str(SUITES / "slow.txt")]


def test_a_part_is_run_and_the_report_says_so(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, *LIST, "--concurrency", "2", "-k", "Slow1 and not test_2"]) == Exit.INCOMPLETE
    shown = capsys.readouterr()
    assert "only 2 of 15 tests are run, those that 'Slow1 and not test_2' fits" in shown.err
    assert "only a part was run: tests with names that 'Slow1 and not test_2' fits, 13 tests left out" in shown.out
    assert "2 of 15 counted tests passed" in shown.out
    assert "only a part was run" in Path("r/report.html").read_text()
    assert main(["judge", "r"]) == Exit.INCOMPLETE
    assert "only a part was run" in capsys.readouterr().out
    assert main(["judge", "r/bundle.certmark.tar.gz"]) == Exit.INCOMPLETE
    assert "only a part was run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["-k", "nothing"], "none of the 15 tests has a name that 'nothing' fits"),
        (["-k", "a b"], "the expression 'a b' cannot be understood at 'b'"),
        (["--test-list", "http://example.org/l.txt"], "takes the place of a guideline"),
    ],
)
def test_what_chooses_nothing_is_refused_before_anything_is_left(
    words: list[str], more: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, *LIST, *more]) == Exit.USAGE
    assert sentence in capsys.readouterr().err
    assert not Path("r").exists()


def test_a_run_ends_after_so_many_failures_and_is_judged(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = [f"toy.slow.Slow{group}.test_{test}" for group in range(1, 5) for test in range(1, 4)]
    troubles = [f"toy.troubles.Fails.test_{word}" for word in ("fails", "skips", "passes", "expected")]
    tests = [*troubles, *slow]
    (tmp_path / "all.txt").write_text("".join(f"{test}\n" for test in tests))
    assert main([*words, "-g", "all.txt", "--maxfail", "1"]) == Exit.FAIL
    shown = capsys.readouterr()
    assert "the run was ended after 1 failure" in shown.out
    assert "next: certmark rerun r runs what did not pass again" in shown.err
    assert "; the report for people is report.html\n" in shown.err
    assert main(["resume", "r"]) == Exit.FAIL
    assert "the run was ended" not in capsys.readouterr().out
    assert main(["rerun", "r", "-q"]) == Exit.FAIL
    assert capsys.readouterr().out.count("\n") == 1
    assert main(["rerun", "r", "--skipped", "-q"]) == Exit.FAIL


def test_a_planned_run_says_what_it_would_do_and_leaves_nothing(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, *LIST, "--dry-run"]) == Exit.OK
    shown = capsys.readouterr().out
    assert "15 tests in 6 classes would be run, and nothing was." in shown
    assert main([*words, *LIST, "--list", "-k", "slow4"]) == Exit.OK
    assert capsys.readouterr().out.split() == [f"toy.slow.Slow4.test_{n}" for n in (1, 2, 3)]
    assert main([*words, *LIST, "-n", "-f", "json"]) == Exit.OK
    document = json.loads(capsys.readouterr().out)
    schema = json.loads((files("certmark") / "data" / "schemas" / "output" / "certmark-run-plan.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert not Path("r").exists()


def two_programs() -> dict[str, Any]:
    """A guideline of two programs: what one asks for passes, and one test of the other is not there."""

    def component(key: str) -> dict[str, Any]:
        return {
            "capabilities": {"required": [key], "advisory": [], "deprecated": [], "removed": []},
            "designated-sections": [],
        }

    def capability(*names: str) -> dict[str, Any]:
        return {
            "project": "toy",
            "status": "required",
            "description": "",
            "achievements": [],
            "tests": {name: {"idempotent_id": ""} for name in names},
        }

    return {
        "metadata": {"id": "two", "schema": "2.0", "scoring": {"cutoff_score": 0, "criteria": {}}},
        "platforms": {
            name: {"description": "", "components": [{"name": name.casefold()}]} for name in ("First", "Second")
        },
        "components": {name: component(name) for name in ("first", "second")},
        "capabilities": {
            "first": capability("toy.slow.Slow1.test_1"),
            "second": capability("toy.slow.Slow1.test_1", "toy.slow.Slow2.test_1", "toy.slow.Gone.test_1"),
        },
    }


def test_several_programs_are_judged_from_one_execution(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "two.json").write_text(json.dumps(two_programs()))
    status = main([*words, "-g", "two.json", "-p", "First", "-p", "Second", "-o", "v.json"])
    assert status == Exit.INCOMPLETE
    capsys.readouterr()
    standings = {
        name: json.loads(Path(f"v-{name}.json").read_text())["judgement"]["standing"] for name in ("first", "second")
    }
    assert standings == {"first": "pass", "second": "incomplete"}
    assert Path("r/report.html").exists()
    assert Path("r/report-second.html").exists()
    assert main(["judge", "r", "-q"]) == Exit.OK
    assert main(["judge", "r", "-p", "Second", "-q"]) == Exit.INCOMPLETE
    assert "was for" not in capsys.readouterr().err


def test_a_list_of_ones_own_takes_the_place_of_a_guideline(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.lst").write_text("toy.slow.Slow1.test_1\n")
    assert main([*words, "--test-list", "mine.lst", "-q"]) == Exit.OK
    assert main(["judge", "r", "-q"]) == Exit.OK


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("http://example.org/l.txt", "with https only"),
        ("file:///etc/passwd", "with https only"),
        ("nosuch.lst", "there is no list of tests 'nosuch.lst'"),
    ],
)
def test_a_list_comes_from_a_file_or_with_https(
    words: list[str], named: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--test-list", named]) == Exit.USAGE
    assert sentence in capsys.readouterr().err
