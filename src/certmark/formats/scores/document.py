"""Our own document of marks: each with its evidence, scorer and date, and the weights that were in force.

    {"format": "certmark-scores", "version": 1, "name": "core, autumn 2026",
     "criteria": {"id": "2016.08", "cutoff": 74, "weights": {"deployed": 8, …}},
     "capabilities": [
       {"capability": "compute-servers-create", "needs_admin": false,
        "marks": {"deployed": {"mark": "1", "evidence": "…", "scorer": "…", "date": "2026-11-22"}}}]}

The JSON Schema ships as `data/schemas/certmark-scores-1.json`. Keys that are not known are refused: a mark
that is not understood must not be taken for one that was not given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.domain.scoring import CriteriaSet, ScorerMark, ScoreRow, ScoringInput
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import InvalidScores, excerpt

DEFAULT = "2016.08"
"""The set of the core guidelines since 2016.08."""
ADD_ON = "add-on"
_FOLDER = Path(__file__).parents[2] / "data" / "scoring"
_FILE = _FOLDER / "criteria.json"
FORMAT = "certmark-scores"
VERSION = 1
_LARGEST = 16 << 20
_LONGEST = 4_000
"""Characters of one text."""
_HEAVIEST = 1_000
_ID = re.compile(r"\d{4}\.\d{2}\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_GIVEN = ("mark", "evidence", "scorer", "date")
_ROW = ("capability", "needs_admin", "marks")


class ScoreDocument(NamedTuple):
    """Marks, and the criteria under which they were given."""

    name: str
    criteria: CriteriaSet
    rows: tuple[ScoreRow, ...]


def read_document(data: bytes, name: str) -> ScoreDocument:
    """The document. Raises InvalidScores, naming what is wrong and where."""
    if len(data) > _LARGEST:
        raise InvalidScores(f"{name} has more than {_LARGEST >> 20} MiB, too much for scores")
    document = Fields(parse_json(data, name, InvalidScores, unique=True), name, InvalidScores)
    document.check_document(FORMAT, VERSION)
    document.check_keys(("format", "version", "name", "criteria", "capabilities"))
    if not document.has("capabilities"):
        document.refuse("must be a list of mappings", "capabilities")
    rows = tuple(_row(entry) for entry in document.items("capabilities", _ROW))
    _check_twice(rows, name)
    return ScoreDocument(document.text("name", limit=_LONGEST), criteria_from(document.mapping("criteria")), rows)


def shipped_marks(guideline: str) -> ScoreDocument | None:
    """The marks of the shipped guideline of this id, each with its evidence; None: none lie beside it."""
    path = _FOLDER / f"{guideline}.json"
    if not _ID.match(guideline) or not path.is_file():
        return None
    return read_document(path.read_bytes(), path.name)


def criteria_from(entry: Fields) -> CriteriaSet:
    """A set of criteria from its JSON. Raises InvalidScores."""
    entry.check_keys(("id", "title", "cutoff", "weights", "note"))
    weights = entry.mapping("weights")
    if not weights.content:
        entry.refuse("must name a weight for each criterion", "weights")
    numbers = {key: weights.number(key, most=_HEAVIEST) for key in weights.content}
    cutoff = entry.number("cutoff", most=_HEAVIEST) if entry.has("cutoff") else None
    note = entry.text("note", "", limit=_LONGEST)
    return CriteriaSet(entry.text("id", limit=_LONGEST), numbers, cutoff, note=note)


def _row(entry: Fields) -> ScoreRow:
    marks = entry.mapping("marks")
    given = {key: _input_of(marks.mapping(key, _GIVEN)) for key in marks.content}
    return ScoreRow(entry.text("capability", limit=_LONGEST), given, entry.truth("needs_admin"))


def _input_of(entry: Fields) -> ScoringInput:
    date = entry.text("date", "", may_be_empty=True, limit=_LONGEST)
    if date and not _DATE.match(date):
        entry.refuse("must be a date such as 2026-11-22", "date")
    evidence, scorer = (entry.text(key, "", may_be_empty=True, limit=_LONGEST) for key in ("evidence", "scorer"))
    return ScoringInput(entry.member("mark", ScorerMark), evidence, scorer, date)


def _check_twice(rows: Sequence[ScoreRow], name: str) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.capability in seen:
            raise InvalidScores(f"{name}: {excerpt(row.capability)} stands there twice")
        seen.add(row.capability)


def write_document(document: ScoreDocument) -> bytes:
    """The document as JSON; read again, it is equal."""
    criteria = document.criteria
    body = {
        "format": FORMAT,
        "version": VERSION,
        "name": document.name,
        "criteria": {
            "id": criteria.id,
            "cutoff": criteria.cutoff,
            "weights": dict(criteria.weights),
            **({"note": criteria.note} if criteria.note else {}),
        },
        "capabilities": [_entry(row) for row in document.rows],
    }
    return (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode()


def _entry(row: ScoreRow) -> dict[str, object]:
    marks = {
        key: {name: text for name, text in zip(_GIVEN, (given.mark.value, *given[1:]), strict=True) if text}
        for key, given in row.marks.items()
    }
    return {"capability": row.capability, "needs_admin": row.needs_admin, "marks": marks}


def shipped_criteria() -> dict[str, CriteriaSet]:
    """All of them by id, in their order."""
    document = Fields(parse_json(_FILE.read_bytes(), _FILE.name, InvalidScores), _FILE.name, InvalidScores)
    found = [criteria_from(entry) for entry in document.items("sets")]
    return {criteria.id: criteria for criteria in found}
