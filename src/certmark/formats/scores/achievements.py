"""A guideline's own scoring: criteria, cut-off, and the achievements of its capabilities.

What is written back changes the lists of achievements and nothing else: every other byte stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from certmark.domain.guidelines import CriterionMark, Guideline, Level
from certmark.domain.score_comparisons import Scoring
from certmark.domain.scoring import KEYS, CriteriaSet, ScorerMark, ScoreRow, ScoringInput
from certmark.domain.written_achievements import written_achievements
from certmark.formats.errors import InvalidScores
from certmark.formats.guideline.schemas import FORMAT_3


def criteria_of(guideline: Guideline) -> CriteriaSet | None:
    """The criteria that the guideline itself has; None where it has none."""
    if not guideline.criteria:
        return None
    weights = {criterion.key: criterion.weight for criterion in guideline.criteria}
    ordered = {key: weights[key] for key in (*KEYS, *weights) if key in weights}
    names = {criterion.key: criterion.name for criterion in guideline.criteria}
    return CriteriaSet(f"guideline {guideline.id}", ordered, guideline.cutoff, names)


def scoring_of(guideline: Guideline, criteria: CriteriaSet) -> Scoring:
    """The marks that its achievements stand for: met where one is listed, else not met.

    A list under a misspelt key is read, and `misspelt_lists` says so; a capability without any list has
    open marks. Marks of format 3 keep their reasons and evidence.
    """
    rows = []
    for capability in guideline.capabilities.values():
        words = _achievements(guideline, capability.key)
        given = {mark.criterion: _given(mark) for mark in capability.marks}
        met = dict.fromkeys(words or (), ScoringInput(ScorerMark.MET))
        marks = {} if words is None else {**_none_met(criteria), **met, **given}
        rows.append(ScoreRow(capability.key, marks, needs_admin=capability.admin is True))
    required = {
        key
        for component in guideline.components.values()
        for level, key in component.capabilities
        if level is Level.REQUIRED
    }
    return Scoring(guideline.id, tuple(rows), frozenset(required))


def _given(mark: CriterionMark) -> ScoringInput:
    words = "; ".join(part for part in (mark.reason, *mark.evidence) if part)
    return ScoringInput(ScorerMark.MET if mark.is_met else ScorerMark.NOT_MET, words)


def _none_met(criteria: CriteriaSet) -> dict[str, ScoringInput]:
    return dict.fromkeys(criteria.weights, ScoringInput(ScorerMark.NOT_MET))


def _achievements(guideline: Guideline, key: str) -> list[str] | None:
    found = _found_list(guideline, key)
    return None if found is None else found[1]


def _found_list(guideline: Guideline, key: str) -> tuple[str, list[str]] | None:
    """The key under which the achievements stand, and them."""
    found = written_achievements(guideline, key)
    return None if found is None else (found.key, list(found.words))


def misspelt_lists(guideline: Guideline) -> tuple[tuple[str, str], ...]:
    """Capabilities whose achievements stand under another key, with that key."""
    found = [(key, _found_list(guideline, key)) for key in guideline.capabilities]
    return tuple((key, place[0]) for key, place in found if place is not None and place[0] != "achievements")


def with_achievements(guideline: Guideline, rows: Sequence[ScoreRow]) -> bytes:
    """The bytes of the guideline with the achievements that `rows` say, in the order that they had.

    A capability without a row, or with an open mark, keeps the word it has on that criterion. Raises
    InvalidScores where a capability has no list of achievements to write into.
    """
    if guideline.schema == FORMAT_3:
        raise InvalidScores(f"{guideline.id} is of format 3, whose marks have reasons of their own; change them there")
    text = guideline.data.decode("utf-8")
    wanted = {row.capability: row for row in rows if row.capability in guideline.capabilities}
    lists = dict(_lists(text))
    missing = [name for name, row in wanted.items() if name not in lists and row.met != _now(guideline, name)]
    if missing:
        raise InvalidScores(
            f'{guideline.id}: {", ".join(missing[:3])} has no list "achievements" to write into; add an empty one'
        )
    for name, (begin, end) in sorted(lists.items(), key=lambda item: -item[1][0]):
        if name in wanted:
            old = json.loads(text[begin:end])
            new = _merged(old, wanted[name])
            if new != old:
                text = text[:begin] + _list(new, text, begin, end) + text[end:]
    return text.encode("utf-8")


def _now(guideline: Guideline, key: str) -> set[str]:
    return set(_achievements(guideline, key) or ())


def _merged(old: Sequence[str], row: ScoreRow) -> list[str]:
    kept = [word for word in old if word not in KEYS or row.mark(word) in {ScorerMark.MET, ScorerMark.OPEN}]
    return [*kept, *(key for key in KEYS if row.mark(key) is ScorerMark.MET and key not in kept)]


def _list(words: Sequence[str], text: str, begin: int, end: int) -> str:
    """A list of words laid out as the one that it takes the place of."""
    if "\n" not in text[begin:end]:
        return json.dumps(list(words))
    inner = re.match(r"\[\s*?\n([ \t]*)", text[begin:end])
    line = text.rfind("\n", 0, begin) + 1
    outer = text[line : line + len(text[line:]) - len(text[line:].lstrip(" \t"))]
    indent = inner[1] if inner is not None else outer + "  "
    return "[\n" + ",\n".join(f"{indent}{json.dumps(word)}" for word in words) + f"\n{outer}]" if words else "[]"


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def _lists(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where the list of achievements of each capability stands, by the path that leads there."""
    path: list[str] = []
    key = ""
    position = 0
    while position < len(text):
        sign = text[position]
        if sign == '"':
            found = _STRING.match(text, position)
            if found is None:
                return
            position = found.end()
            after = re.compile(r"\s*:\s*").match(text, position)
            if after is not None:
                key, position = json.loads(found[0]), after.end()
                if key == "achievements" and text[position : position + 1] == "[" and path and path[-1]:
                    end = text.index("]", position) + 1
                    yield path[-1], (position, end)
                    position = end
            continue
        if sign == "{":
            path.append(key)
        elif sign == "}" and path:
            path.pop()
        position += 1


def unknown_achievements(guideline: Guideline, criteria: CriteriaSet) -> Mapping[str, Sequence[str]]:
    """Words among the achievements that no criterion has, by capability."""
    found = {
        key: [word for word in _achievements(guideline, key) or [] if word not in criteria.weights]
        for key in guideline.capabilities
    }
    return {key: words for key, words in found.items() if words}
