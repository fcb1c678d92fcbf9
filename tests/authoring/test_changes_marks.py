"""Marks that become achievements, or scores."""

from __future__ import annotations

import json
from difflib import unified_diff
from pathlib import Path

from certmark.authoring.changes.editable import EditableGuideline
from certmark.authoring.changes.marks import TakeMarks
from certmark.authoring.changes.opening import open_guideline, read_guideline
from certmark.domain.scoring import KEYS, ScorerMark, ScoreRow, ScoringInput
from certmark.formats.guideline import load
from certmark.formats.scores.achievements import scoring_of
from certmark.formats.scores.document import shipped_criteria
from support.lint_documents import encoded, sound

DRAFT = Path(__file__).parents[1] / "assets" / "guideline" / "draft" / "2026.11.json"
CORE = shipped_criteria()["2016.08"]
MET, NOT = ScoringInput(ScorerMark.MET), ScoringInput(ScorerMark.NOT_MET)


def written(data: bytes, *rows: ScoreRow) -> bytes:
    file = read_guideline(data, Path("2099.06.json"), "it")
    plan = TakeMarks(rows).plan(EditableGuideline(file.model))
    return file.bytes_of(file.edited(plan.operations))


def test_marks_written_back_unchanged_keep_every_byte(shared: Path) -> None:
    for name in ("2016.01", "2018.02", "2020.06", "next", "add-ons/dns.2020.06"):
        guideline = load(str(shared / "guidelines" / f"{name}.json"))
        assert written(guideline.data, *scoring_of(guideline, CORE).rows) == guideline.data


def test_marks_that_change_leave_the_rest_of_the_guideline_as_it_was() -> None:
    guideline = load(str(DRAFT))
    key = next(iter(guideline.capabilities))
    data = written(guideline.data, ScoreRow(key, {"doc": MET, "sticky": NOT}))
    before, after = json.loads(guideline.data), json.loads(data)
    assert "sticky" not in after["capabilities"][key]["achievements"]
    assert after["capabilities"][key].pop("achievements") != before["capabilities"][key].pop("achievements")
    assert after == before
    lines = unified_diff(guideline.data.decode().splitlines(), data.decode().splitlines(), n=0)
    changed = [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    assert changed
    assert [line for line in changed if line[1:].strip(' ",') not in KEYS] == []


def test_an_achievement_that_is_no_criterion_goes_with_a_row_that_gives_every_mark() -> None:
    document = sound()
    document["capabilities"]["list"]["achievements"] = ["atomic", "discoverable"]
    partly = json.loads(written(encoded(document), ScoreRow("list", {"future": MET})))
    assert partly["capabilities"]["list"]["achievements"] == ["atomic", "discoverable", "future"]
    whole = json.loads(written(encoded(document), ScoreRow("list", {"atomic": MET, "future": NOT})))
    assert whole["capabilities"]["list"]["achievements"] == ["atomic"]


def test_marks_stay_under_the_key_under_which_they_stand() -> None:
    document = sound()
    document["capabilities"]["list"]["acheivements"] = document["capabilities"]["list"].pop("achievements")
    after = json.loads(written(encoded(document), ScoreRow("list", {"atomic": NOT})))
    assert after["capabilities"]["list"]["acheivements"] == ["future"]


def test_a_capability_without_marks_gets_some() -> None:
    document = sound()
    del document["capabilities"]["resize"]["achievements"]
    after = json.loads(written(encoded(document), ScoreRow("resize", {"future": MET, "atomic": NOT})))
    assert after["capabilities"]["resize"]["achievements"] == ["future"]


def test_format_3_gets_scores_with_their_evidence() -> None:
    path = Path(__file__).parents[1] / "assets" / "guideline" / "sound" / "format_3.yaml"
    file = open_guideline(str(path))
    key = next(iter(file.model.capabilities))
    row = ScoreRow(key, {"tools": ScoringInput(ScorerMark.MET, "three tools call it")})
    plan = TakeMarks([row]).plan(EditableGuideline(file.model))
    after = read_guideline(file.bytes_of(file.edited(plan.operations)), path, "it")
    assert after.model.original["capabilities"][key]["scores"]["tools"]["mark"] == 1
