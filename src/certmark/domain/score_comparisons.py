"""Two scorings of the same capabilities side by side: of two people, or a sheet and a guideline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from certmark.domain.scoring import CriteriaSet, Decision, Score, ScorerMark, ScoreRow, score


class Scoring(NamedTuple):
    """The marks of one scorer, or of one document."""

    name: str
    rows: tuple[ScoreRow, ...]
    required: frozenset[str] = frozenset()
    """Capabilities that the document requires, whatever their score; empty for a sheet."""

    @property
    def by_capability(self) -> Mapping[str, ScoreRow]:
        """The rows by name; of two of one name the last."""
        return {row.capability: row for row in self.rows}


class ScoreDifference(NamedTuple):
    """A capability that two scorings mark differently."""

    capability: str
    criteria: tuple[tuple[str, ScorerMark, ScorerMark], ...]
    """Criterion, mark of the first, mark of the second."""
    scores: tuple[Score, Score]

    @property
    def crosses(self) -> bool:
        """Whether it is in by the one and not by the other."""
        return (self.scores[0].decision is Decision.IN) != (self.scores[1].decision is Decision.IN)


class ScoreComparison(NamedTuple):
    """What two scorings have in common and what they have not."""

    first: str
    second: str
    both: int
    equal: int
    """Capabilities with the same marks in both."""
    differences: tuple[ScoreDifference, ...]
    """Those that change sides first."""
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    likely: tuple[tuple[str, str], ...]
    """Names of the first that may be names of the second in another spelling."""
    agreement: Mapping[str, tuple[int, int]]
    """By criterion: how often both say the same, of how many marks."""


def compare(first: Scoring, second: Scoring, criteria: CriteriaSet) -> ScoreComparison:
    """Hold `first` against `second` under one set of criteria."""
    mine, theirs = first.by_capability, second.by_capability
    shared = [name for name in mine if name in theirs]
    differences = [found for name in shared if (found := _difference(mine[name], theirs[name], criteria)) is not None]
    only_first = tuple(name for name in mine if name not in theirs)
    only_second = tuple(name for name in theirs if name not in mine)
    return ScoreComparison(
        first.name,
        second.name,
        len(shared),
        len(shared) - len(differences),
        tuple(sorted(differences, key=lambda found: not found.crosses)),
        only_first,
        only_second,
        _likely(only_first, only_second),
        {key: _agreement(key, [(mine[name], theirs[name]) for name in shared]) for key in criteria.weights},
    )


def _difference(mine: ScoreRow, theirs: ScoreRow, criteria: CriteriaSet) -> ScoreDifference | None:
    keys = [key for key in criteria.weights if mine.mark(key) is not theirs.mark(key)]
    if not keys:
        return None
    marks = tuple((key, mine.mark(key), theirs.mark(key)) for key in keys)
    return ScoreDifference(mine.capability, marks, (score(mine, criteria), score(theirs, criteria)))


def _agreement(key: str, pairs: Sequence[tuple[ScoreRow, ScoreRow]]) -> tuple[int, int]:
    return sum(mine.mark(key) is theirs.mark(key) for mine, theirs in pairs), len(pairs)


def _likely(first: Sequence[str], second: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Pairs that differ in a plural or in case only (`network-l3-router`, `networks-l3-router`)."""
    plain = {_plain(name): name for name in second}
    return tuple((name, plain[_plain(name)]) for name in first if _plain(name) in plain)


def _plain(name: str) -> str:
    return "-".join(re.sub(r"s\Z", "", part) for part in name.lower().split("-"))


class DisputedCapability(NamedTuple):
    """A capability on which side of the cut-off the scorings do not agree."""

    capability: str
    scores: tuple[Score | None, ...]
    """In the order of the scorings; None where one does not have it."""


class Overview(NamedTuple):
    """Three scorings or more, each held against each."""

    names: tuple[str, ...]
    same: tuple[tuple[tuple[int, int], ...], ...]
    """By two scorings: how many marks are the same, of how many for capabilities that both have."""
    disputed: tuple[DisputedCapability, ...]


MANY = 3
"""From so many scorings on, pairs are not enough to see who stands alone."""


def overview(scorings: Sequence[Scoring], criteria: CriteriaSet) -> Overview | None:
    """All of `scorings` at a glance; None for fewer than MANY."""
    if len(scorings) < MANY:
        return None
    rows = [scoring.by_capability for scoring in scorings]
    names = dict.fromkeys(name for found in rows for name in found)
    same = tuple(tuple(_same(mine, theirs, criteria) for theirs in rows) for mine in rows)
    scored = (
        DisputedCapability(name, tuple(score(found[name], criteria) if name in found else None for found in rows))
        for name in names
    )
    disputed = tuple(
        item for item in scored if len({found.decision is Decision.IN for found in item.scores if found}) > 1
    )
    return Overview(tuple(scoring.name for scoring in scorings), same, disputed)


def _same(mine: Mapping[str, ScoreRow], theirs: Mapping[str, ScoreRow], criteria: CriteriaSet) -> tuple[int, int]:
    shared = [name for name in mine if name in theirs]
    equal = sum(mine[name].mark(key) is theirs[name].mark(key) for name in shared for key in criteria.weights)
    return equal, len(shared) * len(criteria.weights)


def below_and_required(scoring: Scoring, criteria: CriteriaSet) -> tuple[tuple[str, Score], ...]:
    """Capabilities that the document requires and whose marks do not reach the cut-off, vetoes left out."""
    found = [(row.capability, score(row, criteria)) for row in scoring.rows if row.capability in scoring.required]
    return tuple((name, result) for name, result in found if result.decision is Decision.OUT)


def vetoed_and_required(scoring: Scoring) -> tuple[str, ...]:
    """Capabilities that the document requires though they need an administrator."""
    return tuple(row.capability for row in scoring.rows if row.needs_admin and row.capability in scoring.required)
