"""Scorings are told by their content, whatever they are called; criteria are those that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.domain.errors import InvalidRequest
from certmark.formats.errors import FormatError
from certmark.formats.scores.document import ScoreDocument, shipped_criteria, write_document
from certmark.formats.scores.sources import criteria_for, load_scores
from certmark.formats.scores.table import write_table
from support.lint_documents import encoded, sound

SETS = shipped_criteria()
SHEET = "Scores\na-get:  [1,1,1] [1,1,1] [1,1,1] [1,1,1] [1] [100]*\n"


def put(folder: Path, content: bytes) -> str:
    path = folder / "something.dat"
    path.write_bytes(content)
    return str(path)


def test_a_worksheet_a_table_and_a_document_of_marks_give_the_same_marks(tmp_path: Path) -> None:
    sheet = load_scores(put(tmp_path, SHEET.encode()))
    rows, criteria = sheet.scoring.rows, SETS["2016.08"]
    assert (sheet.scoring.name, sheet.criteria, sheet.sheet is not None) == ("something.dat", None, True)
    table = load_scores(put(tmp_path, b"\xef\xbb\xbf" + write_table(rows, criteria)))
    marks = load_scores(put(tmp_path, write_document(ScoreDocument("ours", criteria, rows))))
    assert (marks.scoring.name, marks.criteria) == ("ours", criteria)
    found = [source.scoring.rows[0].met for source in (sheet, table, marks)]
    assert found[0] == found[1] == found[2] != frozenset()


def test_a_guideline_has_its_achievements_as_marks_and_its_own_criteria(tmp_path: Path) -> None:
    document = sound()
    content = document["capabilities"]["list"]
    content["acheivements"] = [*content.pop("achievements"), "glory"]
    source = load_scores(put(tmp_path, encoded(document)))
    assert source.guideline is not None
    assert source.criteria is not None
    assert {row.capability: row.met for row in source.scoring.rows}["list"] == {"atomic", "future", "glory"}
    assert source.remarks == (
        "2099.06: list has its achievements under 'acheivements'; they are read from there",
        "2099.06: list lists 'glory', which is no criterion",
    )


def test_a_shipped_id_is_a_guideline_and_nothing_is_refused(tmp_path: Path) -> None:
    assert load_scores("2026.11").scoring.name == "2026.11"
    with pytest.raises(FormatError):
        load_scores(put(tmp_path, b""))


def test_criteria_are_those_that_are_wanted_else_the_scores_own_else_what_fits(tmp_path: Path) -> None:
    sheet, guideline = load_scores(put(tmp_path, SHEET.encode())), load_scores("2026.11")
    add_on = load_scores(put(tmp_path, SHEET.replace("[1,1,1] [1] [100]*", "[*,1,1] [1] [100]*").encode()))
    assert criteria_for("2015", [sheet]).id == "2015"
    assert criteria_for(None, [sheet, guideline]) == guideline.criteria
    assert criteria_for(None, [sheet]).id == criteria_for(None, []).id == "2016.08"
    assert criteria_for(None, [add_on]).id == "add-on"
    with pytest.raises(InvalidRequest, match="none is no set of criteria and no guideline with some; there are 2015"):
        criteria_for("none", [sheet])
