"""Worksheets, tables, documents of marks, achievements: read, written back, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import certmark
from certmark.domain.score_comparisons import Scoring, below_and_required, compare, vetoed_and_required
from certmark.domain.scoring import (
    KEYS,
    CriteriaSet,
    Decision,
    ScoreAssumption,
    ScorerMark,
    ScoreRow,
    ScoringInput,
    contradictions,
    false_claims,
    flips,
    score,
    tally,
)
from certmark.formats.errors import InvalidScores
from certmark.formats.guideline import load
from certmark.formats.scores.achievements import criteria_of, misspelt_lists, scoring_of
from certmark.formats.scores.document import ScoreDocument, read_document, shipped_criteria, write_document
from certmark.formats.scores.sheet import Sheet, read_sheet, write_sheet
from certmark.formats.scores.table import read_table, write_table

SETS = shipped_criteria()
CORE, ADD_ON = SETS["2016.08"], SETS["add-on"]
LINE = "images-get: [1,0,1] [1,1,1] [1,1,1] [1,0,1] [1] [88]*\n"

MARKS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(ScorerMark).map(ScoringInput))
ROWS = st.lists(
    st.builds(
        ScoreRow, st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), MARKS, st.booleans(), st.none(), st.none()
    ),
    unique_by=lambda row: row.capability,
    min_size=1,
)


def working(shared: Path, name: str) -> bytes:
    return (shared / "guidelines" / "working_materials" / name).read_bytes()


def test_the_140_capabilities_of_the_worksheet_equal_the_tabulated_table(shared: Path) -> None:
    sheet = read_sheet(working(shared, "scoring.txt"), "scoring.txt")
    assert len(sheet.rows) == 140
    assert write_table(sheet.rows, CORE) == working(shared, "tabulated_scores.csv")


@pytest.mark.parametrize("name", ["scoring.txt", "scoring_nfv.txt"])
def test_a_worksheet_written_back_keeps_every_byte(shared: Path, name: str) -> None:
    data = working(shared, name)
    sheet = read_sheet(data, name)
    assert write_sheet(sheet, sheet.rows, CORE) == data


@pytest.mark.parametrize("name", ["tabulated_scores.csv", "tabulated_scores_nfv.csv"])
def test_a_table_written_back_keeps_every_byte(shared: Path, name: str) -> None:
    data = working(shared, name)
    assert write_table(read_table(data, name), CORE) == data


def test_the_worksheet_has_103_in_33_out_and_4_vetoed(shared: Path) -> None:
    counts = tally(read_sheet(working(shared, "scoring.txt"), "x").rows, CORE).decisions
    assert (counts[Decision.IN], counts[Decision.OUT], counts[Decision.VETOED]) == (103, 33, 4)


def test_complete_at_10_brings_two_capabilities_in(shared: Path) -> None:
    rows = read_sheet(working(shared, "scoring.txt"), "x").rows
    crossing = [flip for flip in flips(rows, CORE, ScoreAssumption({"complete": 10})) if flip.crosses]
    assert [(flip.capability, flip.before.low, flip.after.low) for flip in crossing] == [
        ("compute-images-create", 72, 74),
        ("volumes-v2-copy-image-to-volume", 73, 75),
    ]


def test_all_19_rows_of_the_add_ons_claim_64_where_their_marks_give_66(shared: Path) -> None:
    rows = [
        row
        for name in ("dns", "orchestration")
        for row in read_sheet(working(shared, f"scoring_{name}.txt"), name).rows
    ]
    found = false_claims(rows, ADD_ON)
    assert (len(rows), len(found)) == (19, 19)
    assert {(row.claim.total, result.low) for row, result in found if row.claim} == {(64, 66)}


def test_sets_of_criteria_that_contradict_themselves_say_so() -> None:
    assert [name for name, criteria in SETS.items() if contradictions(criteria)] == [
        "2020-05-meeting",
        "2020-05-meeting-add-on",
    ]


def test_the_worksheet_against_the_achievements_of_2020_06(shared: Path) -> None:
    guideline = load(str(shared / "guidelines" / "2020.06.json"))
    mine = Scoring("sheet", read_sheet(working(shared, "scoring.txt"), "x").rows)
    theirs = scoring_of(guideline, CORE)
    found = compare(mine, theirs, CORE)
    crossing = [difference for difference in found.differences if difference.crosses]
    assert (len(theirs.rows), found.both, found.equal, len(crossing)) == (79, 74, 40, 14)
    assert len(below_and_required(theirs, CORE)) == 17
    assert [name for name, _ in below_and_required(mine._replace(required=theirs.required), CORE)] == [
        "compute-images-create",
        "volumes-list-api-versions",
        "volumes-v3-extensions",
    ]
    assert vetoed_and_required(theirs) == ("networks-l3-CRUD", "networks-l3-router")
    assert misspelt_lists(guideline) == (
        ("objectstore-slo-support", "acheivements"),
        ("objectstore-dlo-support", "acheivements"),
    )


def test_the_criteria_of_every_upstream_guideline_are_a_shipped_set(shared: Path) -> None:
    weights = {}
    for path in sorted((shared / "guidelines").rglob("*.json")):
        if "schema" not in path.parts and "havanasections" not in path.name:
            own = criteria_of(load(str(path)))
            if own is not None:
                weights[path.name] = dict(own.weights)
    shipped = [dict(criteria.weights) for criteria in SETS.values()]
    assert len(weights) > 20
    assert [name for name, found in weights.items() if found not in shipped] == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no marks at all\n", 'x has no line of marks; one looks like "name: [1,1,1] [1,0,1] …"'),
        ("a: [1,1,1] [1,1,1]\n", 'x, line 1: "a" needs four groups of three marks, [non-admin], and may have [total]'),
        (LINE.replace("[1,0,1]", "[1,7,1]", 1), 'x, line 1: "7" is no mark; marks are 0, 1, ? and *'),
        (LINE + LINE, 'x, line 2: "images-get" stands in line 1, too'),
        (LINE.replace("88", "8x8"), 'x, line 1: "8x8" is no total'),
    ],
)
def test_a_broken_worksheet_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(InvalidScores) as refusal:
        read_sheet(text.encode(), "x")
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (("Capability", "Name"), "does not begin with the columns"),
        (("a,1,1", "a,1,5"), 'line 2: "5" is no mark'),
        (("88*", "x"), 'line 2: "x" is no total'),
        (("1,88*", "88*"), "line 2: it has 14 cells, not 15"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(change: tuple[str, str], part: str) -> None:
    marks = {key: ScoringInput(ScorerMark.MET) for key in KEYS}
    text = write_table([ScoreRow("a", marks)], CORE).decode().replace("100*", "88*").replace(*change)
    with pytest.raises(InvalidScores, match=part.replace("*", r"\*")):
        read_table(text.encode(), "x")


@given(ROWS)
def test_rows_in_a_worksheet_read_back_equal(rows: list[ScoreRow]) -> None:
    written = write_sheet(Sheet((), ""), rows, CORE)
    again = read_sheet(written, "x").rows
    for row, other in zip(rows, again, strict=True):
        assert [other.mark(key) for key in KEYS] == [row.mark(key) for key in KEYS]
        assert (other.capability, other.needs_admin) == (row.capability, row.needs_admin)
        assert score(other, CORE) == score(row, CORE)
    assert false_claims(again, CORE) == ()


@pytest.mark.thorough
@given(ROWS)
def test_a_document_of_marks_reads_back_equal_and_fits_its_schema(rows: list[ScoreRow]) -> None:
    document = ScoreDocument("x", CORE, tuple(rows))
    data = write_document(document)
    assert read_document(data, "x") == document
    jsonschema.validate(json.loads(data), _schema())


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(
        (Path(certmark.__file__).parent / "data" / "schemas" / "certmark-scores-1.json").read_bytes()
    )
    return schema


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"version": 2}, 'is of version "2"'),
        ({"extra": 1}, '"extra" is not known'),
        ({"capabilities": {}}, '"capabilities" must be a list'),
        ({"capabilities": [{"capability": "a", "marks": {"doc": {"mark": "2"}}}]}, '"mark" must be'),
        ({"capabilities": [{"capability": "a", "marks": {"doc": {"mark": "1", "date": "soon"}}}]}, "must be a date"),
        ({"capabilities": [{"capability": "a"}, {"capability": "a"}]}, "stands there twice"),
        ({"criteria": {"id": "x", "weights": {"doc": -1}}}, "must be a whole number from 0"),
        ({"criteria": {"id": "x", "weights": {"doc": True}}}, "must be a whole number from 0"),
    ],
)
def test_a_broken_document_of_marks_is_refused_and_breaks_its_schema(change: dict[str, object], part: str) -> None:
    document = json.loads(write_document(ScoreDocument("x", CriteriaSet("c", {"doc": 8}, 4), ()))) | change
    with pytest.raises(InvalidScores, match=part):
        read_document(json.dumps(document).encode(), "x")
    if "twice" not in part:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, _schema())
