"""Stored runs: each file, repository or folder of a run below a folder is one; what is none is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from certmark.domain.remarks import Remark
from certmark.formats.errors import UnreadableResults
from certmark.runner.stored_runs import runs_below

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PASS = EXAMPLES / "object-storage-pass.subunit"


def test_each_file_of_results_is_a_run_and_what_cannot_be_read_is_said(
    tmp_path: Path,
) -> None:
    remarks: list[Remark] = []
    (tmp_path / "monday").mkdir()
    shutil.copy(PASS, tmp_path / "monday" / "results.subunit")
    shutil.copy(PASS, tmp_path / "tuesday.subunit")
    (tmp_path / "broken.xml").write_text("no results", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no results either", encoding="utf-8")
    runs = runs_below([str(tmp_path)], remarks.append)
    assert [(run.cloud, len(list(run.results.names))) for run in runs] == [
        ("tuesday.subunit", 64),
        ("results.subunit", 64),
    ]
    assert remarks == [Remark("1 in the stored runs cannot be read as results: broken.xml")]


def test_a_file_that_is_named_itself_must_be_results(tmp_path: Path) -> None:
    assert len(runs_below([str(PASS)])) == 1
    (tmp_path / "broken.xml").write_text("no results", encoding="utf-8")
    with pytest.raises(UnreadableResults):
        runs_below([str(tmp_path / "broken.xml")])


def test_no_runs_at_all_is_said(tmp_path: Path) -> None:
    remarks: list[Remark] = []
    assert runs_below([str(tmp_path)], remarks.append) == []
    assert remarks == [Remark("there are no results in the stored runs")]
