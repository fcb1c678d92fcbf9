"""An output that is one of the inputs is refused, and nothing is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main

JUNIT = b"<testsuite><testcase classname='a.B' name='test_c'/></testsuite>"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.json").write_bytes(JUNIT)
    (tmp_path / "list.txt").write_text("a.B.test_c\n")
    (tmp_path / "link.json").symlink_to("run.json")
    os.link("run.json", "twin.json")
    return tmp_path


@pytest.mark.parametrize("output", ["run.json", "./run.json", "link.json", "twin.json"])
@pytest.mark.parametrize(
    "words",
    [
        ["judge", "run.json", "-g", "list.txt", "-o"],
        ["results", "show", "run.json", "-o"],
        ["results", "convert", "run.json", "--to", "report", "-o"],
        ["results", "diff", "run.json", "list.txt", "-o"],
        ["sign", "run.json", "--key", "list.txt", "-o"],
    ],
    ids=lambda words: words[1] if words[0] == "results" else words[0],
)
def test_results_are_never_written_over(
    here: Path, words: list[str], output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, output]) == Exit.USAGE
    said = capsys.readouterr().err
    assert said.startswith(f"certmark: {output} is read and would be overwritten")
    assert said.count("\n") == 1
    assert (here / "run.json").read_bytes() == JUNIT


@pytest.mark.usefixtures("here")
def test_any_input_counts_not_only_results(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "run.json", "-g", "list.txt", "-o", "list.txt"]) == Exit.USAGE
    assert "list.txt is read and would be overwritten; name another file" in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_a_report_of_before_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    assert main(["judge", "run.json", "-g", "list.txt", "-q", "-o", "old.json"]) == Exit.OK
    assert (tmp_path / "old.json").read_text() != "old"
