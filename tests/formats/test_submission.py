"""Directories of JUnit files: submissions of vendors, files of parallel workers."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from certmark.evidence.results import read_evidence
from certmark.formats.errors import UnreadableResults

JUNIT = b"<testsuite><testcase name='%s'/></testsuite>"
LOG = b"1 Passed | 1 Failed\nTest Suite Failed\n"


def folder(place: Path, **files: bytes) -> str:
    place.mkdir()
    for name, content in files.items():
        (place / name.replace("__", ".")).write_bytes(content)
    return str(place)


def test_a_submission_is_its_junit_file_compared_with_its_log(tmp_path: Path) -> None:
    path = folder(
        tmp_path / "eks",
        junit_01__xml=JUNIT % b"a",
        e2e__log=LOG,
        PRODUCT__yaml=b"x",
        README__md=b"#",
        __DS_Store=b"\0",
    )
    (piece,) = read_evidence(path, digest=False)
    assert (piece.name, [attempt.name for attempt in piece.attempts]) == ("eks/junit_01.xml", ["a"])
    assert [trouble.sentence for trouble in piece.troubles] == [
        "e2e.log says that 1 specs failed, the JUnit beside it shows 0"
    ]
    assert piece.remarks == ()


def test_the_files_of_parallel_workers_are_taken_together(tmp_path: Path) -> None:
    path = folder(tmp_path / "run", junit_01__xml=JUNIT % b"a", junit_02__xml__gz=gzip.compress(JUNIT % b"b"))
    assert [piece.name for piece in read_evidence(path, digest=False)] == ["run/junit_01.xml", "run/junit_02.xml.gz"]


def test_several_products_are_told(tmp_path: Path) -> None:
    path = folder(tmp_path / "two", junit_01__xml=JUNIT % b"a", PRODUCT__yaml=b"", PRODUCT_2__yaml=b"")
    assert read_evidence(path, digest=False)[0].remarks == (
        "2 products are described beside it: PRODUCT.yaml, PRODUCT_2.yaml",
    )


def test_a_folder_of_submissions_is_refused_with_their_names(tmp_path: Path) -> None:
    release = tmp_path / "v1.29"
    release.mkdir()
    for product in ("eks", "elastx"):
        folder(release / product, junit_01__xml=JUNIT % b"a")
    with pytest.raises(UnreadableResults) as refusal:
        read_evidence(str(release), digest=False)
    assert str(refusal.value) == 'v1.29 has JUnit files in folders only ("eks", "elastx"); name one of them'


def test_a_folder_of_nothing_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableResults) as refusal:
        read_evidence(folder(tmp_path / "empty", notes__txt=b""), digest=False)
    assert str(refusal.value) == (
        "empty is a directory without a repository of stestr or a JUnit file; name a file of results in it"
    )
