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
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from certmark.domain.scoring import CriteriaSet, ScorerMark, ScoreRow, ScoringInput
from certmark.formats.documents.foreign_json import parse
from certmark.formats.errors import InvalidScores, excerpt

FORMAT = "certmark-scores"
VERSION = 1
_LARGEST = 16 << 20
_LONGEST = 4_000
"""Characters of one text."""
_HEAVIEST = 1_000
_MARKS = {mark.value: mark for mark in ScorerMark}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_GIVEN = ("mark", "evidence", "scorer", "date")


class ScoreDocument(NamedTuple):
    """Marks, and the criteria under which they were given."""

    name: str
    criteria: CriteriaSet
    rows: tuple[ScoreRow, ...]


def read_document(data: bytes, name: str) -> ScoreDocument:
    """The document. Raises InvalidScores, naming what is wrong and where."""
    if len(data) > _LARGEST:
        raise InvalidScores(f"{name} has more than {_LARGEST >> 20} MiB, too much for scores")
    document = _mapping(parse(data, name, InvalidScores, unique=True), name)
    _known(document, ("format", "version", "name", "criteria", "capabilities"), name)
    if document.get("format") != FORMAT or document.get("version") != VERSION:
        _refuse(name, f'it is no document with "format": "{FORMAT}" and "version": {VERSION}')
    entries = document.get("capabilities")
    if not isinstance(entries, list):
        _refuse(name, '"capabilities" must be a list')
    rows = tuple(_row(entry, f"{name}, capabilities[{at}]") for at, entry in enumerate(entries))
    _check_twice(rows, name)
    return ScoreDocument(_text(document, "name", name), criteria_from(document.get("criteria"), name), rows)


def criteria_from(value: Any, place: str) -> CriteriaSet:
    """A set of criteria from its JSON. Raises InvalidScores."""
    entry = _mapping(value, f"{place}: criteria")
    _known(entry, ("id", "title", "cutoff", "weights", "note"), f"{place}: criteria")
    weights = _mapping(entry.get("weights"), f"{place}: weights")
    cutoff = entry.get("cutoff")
    if not weights or not all(_is_number(weight) for weight in weights.values()):
        _refuse(place, f"weights must be whole numbers from 0 to {_HEAVIEST}")
    if cutoff is not None and not _is_number(cutoff):
        _refuse(place, f"the cut-off must be a whole number from 0 to {_HEAVIEST}")
    note = _text(entry, "note", place) if "note" in entry else ""
    return CriteriaSet(_text(entry, "id", place), dict(weights), cutoff, note=note)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _HEAVIEST


def _row(value: Any, place: str) -> ScoreRow:
    entry = _mapping(value, place)
    _known(entry, ("capability", "needs_admin", "marks"), place)
    needs_admin = entry.get("needs_admin", False)
    if not isinstance(needs_admin, bool):
        _refuse(place, '"needs_admin" must be true or false')
    marks = _mapping(entry.get("marks", {}), f"{place}, marks")
    given = {key: _given(mark, f"{place}, {excerpt(key, 40)}") for key, mark in marks.items()}
    return ScoreRow(_text(entry, "capability", place), given, needs_admin)


def _given(value: Any, place: str) -> ScoringInput:
    entry = _mapping(value, place)
    _known(entry, _GIVEN, place)
    mark = _MARKS.get(entry.get("mark", "")) if isinstance(entry.get("mark"), str) else None
    if mark is None:
        _refuse(place, '"mark" must be "0", "1", "?" or "*"')
    texts = {key: _text(entry, key, place, may_be_empty=True) for key in _GIVEN[1:] if key in entry}
    if texts.get("date") and not _DATE.match(texts["date"]):
        _refuse(place, '"date" must be a date such as 2026-11-22')
    return ScoringInput(mark, texts.get("evidence", ""), texts.get("scorer", ""), texts.get("date", ""))


def _check_twice(rows: Sequence[ScoreRow], name: str) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.capability in seen:
            _refuse(name, f"{excerpt(row.capability)} stands there twice")
        seen.add(row.capability)


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        _refuse(place, "an object is needed here")
    return value


def _known(entry: Mapping[str, Any], keys: Sequence[str], place: str) -> None:
    for key in entry:
        if key not in keys:
            _refuse(place, f"{excerpt(key, 40)} is not known; there are {', '.join(keys)}")


def _text(entry: Mapping[str, Any], key: str, place: str, *, may_be_empty: bool = False) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not (may_be_empty or value.strip()):
        _refuse(place, f'"{key}" must be a text')
    if len(value) > _LONGEST:
        _refuse(place, f'"{key}" has more than {_LONGEST:,} characters')
    return value


def _refuse(place: str, what: str) -> NoReturn:
    raise InvalidScores(f"{place}: {what}")


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
