"""A guideline's own scoring: criteria, cut-off, and the achievements of its capabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certmark.domain.guidelines import CriterionMark, Guideline, Level
from certmark.domain.score_comparisons import Scoring
from certmark.domain.scoring import KEYS, CriteriaSet, ScorerMark, ScoreRow, ScoringInput
from certmark.domain.written_achievements import written_achievements


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


def unknown_achievements(guideline: Guideline, criteria: CriteriaSet) -> Mapping[str, Sequence[str]]:
    """Words among the achievements that no criterion has, by capability."""
    found = {
        key: [word for word in _achievements(guideline, key) or [] if word not in criteria.weights]
        for key in guideline.capabilities
    }
    return {key: words for key, words in found.items() if words}
