"""A directory of results: the JUnit files of parallel workers are one run, others are named."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from certmark.evidence.results import read_evidence
from certmark.formats.errors import UnreadableResults

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def write_junit(path: Path, case: str) -> None:
    path.write_text(
        f'<testsuites><testsuite><testcase classname="a.B" name="{case}" time="1"/></testsuite></testsuites>'
    )


def test_junit_files_of_workers_are_taken_together_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("gw1", "gw0"):
        write_junit(tmp_path / f"{name}.xml", name)
    (tmp_path / "gw2.xml.gz").write_bytes(gzip.compress((tmp_path / "gw0.xml").read_bytes()))
    (tmp_path / "coverage.xml").write_text("<coverage/>")
    (tmp_path / "._gw0.xml").write_bytes(b"\0\5\x16\7")
    pieces = read_evidence(str(tmp_path), digest=False)
    assert [piece.name for piece in pieces] == ["gw0.xml", "gw1.xml", "gw2.xml.gz"]
    assert "JUnit files" in pieces[0].remarks[0]
    assert "no results, and left out: coverage.xml" in pieces[0].remarks[0]


def test_an_empty_file_of_a_worker_that_died_is_not_passed_over(tmp_path: Path) -> None:
    write_junit(tmp_path / "gw0.xml", "t")
    (tmp_path / "gw1.xml").touch()
    with pytest.raises(UnreadableResults, match=r"gw1\.xml is empty"):
        read_evidence(str(tmp_path), digest=False)


def test_other_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableResults, match=r"name those of its results that you mean: compute\.subunit\.gz, "):
        read_evidence(str(EXAMPLES), digest=False)
    shutil.copy(EXAMPLES / "object-storage-pass.subunit", tmp_path)
    write_junit(tmp_path / "gw0.xml", "t")
    with pytest.raises(UnreadableResults, match=r"gw0\.xml, object-storage-pass\.subunit"):
        read_evidence(str(tmp_path), digest=False)


def test_a_directory_without_results_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("nothing")
    (tmp_path / "package.json").write_text('{"name": "x"}')
    with pytest.raises(UnreadableResults, match="a directory without a repository of stestr or a JUnit file"):
        read_evidence(str(tmp_path), digest=False)
