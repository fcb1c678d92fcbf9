"""Marks of a scoring, written into a guideline: into the achievements of its capabilities, or their scores.

1. A mark that is given is written; an open one, and a capability without a row, leaves the guideline's word.
2. An achievement that is no criterion goes where a row gives every mark and not this one.
3. Marks stay under the key under which they stand, misspelt or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from certmark.authoring.changes.editable import CAPABILITY_KEYS, EditableGuideline, EditPlan
from certmark.authoring.edits.operations import AddItem, EditOperation, InsertKey, RemoveItem, SetValue, value_at
from certmark.authoring.lint.model import CapabilityModel, as_object, texts
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.phrases import some
from certmark.domain.scoring import KEYS, ScorerMark, ScoreRow

_KEY = "achievements"
_GIVEN = (ScorerMark.MET, ScorerMark.NOT_MET)


@dataclass(frozen=True)
class TakeMarks:
    """The marks of these rows."""

    rows: Sequence[ScoreRow]

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As the rules above have it."""
        capabilities = guideline.model.capabilities
        known = {row.capability: row for row in self.rows if row.capability in capabilities}
        operations = [one for key, row in known.items() for one in _of_row(row, capabilities[key], guideline)]
        unknown = [row.capability for row in self.rows if row.capability not in capabilities]
        count = f"{len(unknown)} scored capabilities are not in {guideline.id} and were left out: {some(unknown, 3)}"
        return EditPlan(tuple(operations), (count,) if unknown else ())


def _of_row(row: ScoreRow, capability: CapabilityModel, guideline: EditableGuideline) -> Iterator[EditOperation]:
    own = as_object(value_at(guideline.document, capability.path))
    if guideline.is_3 and not isinstance(own.get(_KEY), list):
        yield from _scores(row, capability.path, own)
        return
    path, content = (*capability.path, _KEY), capability.content
    old = list(texts(content.get(_KEY)))
    if not isinstance(content.get(_KEY), list):
        if row.met:
            yield InsertKey(capability.path, _KEY, [key for key in _ordered(row) if key in row.met], CAPABILITY_KEYS)
        return
    is_whole = all(row.mark(key) in _GIVEN for key in guideline.model.weights)
    for word in old:
        is_strange = (
            word not in guideline.model.weights and word not in row.marks and is_whole and bool(guideline.model.weights)
        )
        if row.mark(word) is ScorerMark.NOT_MET or is_strange:
            yield RemoveItem(path, word)
    yield from (AddItem(path, key) for key in _ordered(row) if key in row.met and key not in old)


def _ordered(row: ScoreRow) -> Iterator[str]:
    """The criteria that it marks, in the order of the sheets."""
    return (key for key in dict.fromkeys((*KEYS, *row.marks)) if key in row.marks)


def _scores(row: ScoreRow, place: JsonPath, content: Mapping[str, Any]) -> Iterator[EditOperation]:
    """Format 3: each mark with its evidence."""
    scores, path = content.get("scores"), (*place, "scores")
    given = {key: row.marks[key] for key in _ordered(row) if row.mark(key) in _GIVEN}
    entries = {
        key: {"mark": int(one.mark.value), **({"evidence": one.evidence} if one.evidence else {})}
        for key, one in given.items()
    }
    if not isinstance(scores, dict):
        if entries:
            yield InsertKey(place, "scores", entries, CAPABILITY_KEYS)
        return
    for key, entry in entries.items():
        known = as_object(scores.get(key))
        if key not in scores:
            yield InsertKey(path, key, entry, KEYS)
        elif known.get("mark") != entry["mark"]:
            yield SetValue((*path, key, "mark"), entry["mark"])
            if "evidence" in entry and "evidence" in known:
                yield SetValue((*path, key, "evidence"), entry["evidence"])
            elif "evidence" in entry:
                yield InsertKey((*path, key), "evidence", entry["evidence"], ("mark", "reason", "evidence"))
