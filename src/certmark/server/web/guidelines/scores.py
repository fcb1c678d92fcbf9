"""How the capabilities of a guideline meet its criteria, as a map: what each criterion adds, and the sum."""

from __future__ import annotations

import msgspec

from certmark.domain.guidelines import Guideline
from certmark.domain.scoring import GROUPS, CriteriaSet, ScorerMark, ScoreRow, score
from certmark.formats.scores.achievements import criteria_of, scoring_of
from certmark.server.web.guidelines.opened import cut
from certmark.server.web.guidelines.places import capability_path

_MOST, _MOST_CRITERIA = 400, 30
_WORDS = {
    ScorerMark.MET: "met",
    ScorerMark.NOT_MET: "not met",
    ScorerMark.OPEN: "open",
    ScorerMark.NOT_CONSIDERED: "not considered",
}


class ScoredCriterion(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the map."""

    key: str
    name: str
    weight: int
    group: str


class ScoreLine(msgspec.Struct, frozen=True, kw_only=True):
    """A capability on the map."""

    capability: str
    path: str
    is_required: bool
    marks: tuple[str, ...]
    """For each criterion: met, not met, open, not considered."""
    total: int
    most: int
    """With every open mark met."""
    decision: str
    """Where that stands against the cut-off."""


class ScoreMap(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    criteria: tuple[ScoredCriterion, ...]
    cutoff: int | None
    total: int
    """What a capability has that meets all of them."""
    rows: tuple[ScoreLine, ...]


def map_of(guideline: Guideline) -> ScoreMap | None:
    """Of the achievements that the guideline lists; None: it has no criteria, or nothing to score."""
    criteria = criteria_of(guideline)
    if criteria is None or not guideline.capabilities:
        return None
    scoring = scoring_of(guideline, criteria)
    if not any(row.marks for row in scoring.rows):
        return None
    groups = {key: name for name, keys in GROUPS for key in keys}
    columns = tuple(
        ScoredCriterion(
            key=cut(key, 40), name=cut(criteria.names.get(key, key), 200), weight=weight, group=groups.get(key, "other")
        )
        for key, weight in list(criteria.weights.items())[:_MOST_CRITERIA]
    )
    keys = list(criteria.weights)[:_MOST_CRITERIA]
    rows = tuple(_line(row, keys, criteria, row.capability in scoring.required) for row in scoring.rows[:_MOST])
    return ScoreMap(criteria=columns, cutoff=criteria.cutoff, total=criteria.total, rows=rows)


def _line(row: ScoreRow, keys: list[str], criteria: CriteriaSet, is_required: bool) -> ScoreLine:
    found = score(row, criteria)
    return ScoreLine(
        capability=cut(row.capability, 200),
        path=capability_path(row.capability),
        is_required=is_required,
        marks=tuple(_WORDS[row.mark(key)] for key in keys),
        total=found.low,
        most=found.high,
        decision=found.decision.value,
    )
