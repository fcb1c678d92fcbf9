"""The one entry of the linter: what comes in, what comes out, and that nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from certmark.authoring.lint.checks import LintOptions, LintReport, check
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import Severity
from certmark.domain.remarks import Remark
from support.lint_documents import LIST, UUIDS, before, encoded, sound, told

PREFIX = ("ids/prefix", f"/capabilities/list/tests/{LIST}/idempotent_id")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2098.12.json").write_bytes(encoded(before()))
    (tmp_path / "2099.06.json").write_bytes(encoded(faulty()))
    return tmp_path


def faulty() -> dict[str, Any]:
    document = sound()
    document["capabilities"]["list"]["tests"][LIST]["idempotent_id"] = UUIDS[0]
    return document


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_nothing_at_all_is_asked_differently() -> None:
    with pytest.raises(InvalidRequest, match="name a guideline or a folder of them"):
        check([], LintOptions())


def test_a_folder_without_guidelines_is_an_incomplete_report_and_is_told(tmp_path: Path) -> None:
    remarks: list[Remark] = []
    report = check([str(tmp_path)], LintOptions(), remarks.append)
    assert report == LintReport((), (), Severity.WARNING, is_complete=False)
    what = f"there is no guideline in {tmp_path}; name a file, or another folder"
    assert remarks == [Remark(what, is_important=True)]


def test_what_cannot_be_read_is_told_and_the_rest_is_checked(folder: Path) -> None:
    report = check([str(folder / "2099.06.json"), "nowhere.json"], LintOptions())
    assert (report.files, report.is_complete) == ((str(folder / "2099.06.json"), "nowhere.json"), False)
    assert told(report.weighing) == [PREFIX, ("structure/unreadable", "")]
    assert report.weighing[1].message == "there is no such file; name a guideline, or a folder of them"


def test_mended_files_are_in_the_report_checked_again_and_not_written(folder: Path) -> None:
    was = contents(folder)
    report = check([str(folder)], LintOptions(mend=True, select=["ids"]))
    (mended,) = report.mended
    assert (mended.path, mended.content, mended.repairs) == (str(folder / "2099.06.json"), encoded(sound()), 1)
    assert f'+          "idempotent_id": "id-{UUIDS[0]}"' in mended.difference
    assert report.findings == ()
    assert contents(folder) == was


def test_repairs_of_rules_that_were_not_chosen_are_not_done(folder: Path) -> None:
    assert check([str(folder)], LintOptions(mend=True, ignore=["prefix"])).mended == ()


def test_what_a_new_baseline_lists_is_known_at_once_and_what_went_is_counted(folder: Path) -> None:
    place = folder / "known" / "base.json"
    place.parent.mkdir()
    report = check([str(folder)], LintOptions(new_baseline=str(place)))
    assert report.baseline is not None
    assert b"../2099.06.json" in report.baseline
    assert (report.weighing, [finding.known for finding in report.findings]) == ((), [True] * len(report.findings))
    assert not place.exists()
    place.write_bytes(report.baseline)
    again = check([str(folder)], LintOptions(baseline=str(place), mend=True))
    assert (again.weighing, again.gone) == ((), 1)


def test_standard_input_is_neither_mended_nor_compared_with_revisions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import io
    import sys

    for options in (LintOptions(mend=True), LintOptions(since="HEAD")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(encoded(sound()))))
        with pytest.raises(InvalidRequest, match="standard input"):
            check(["-"], options)
