"""Scores, put together for people and machines: totals, contradictions, what-if, comparisons, proposals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from certmark.domain.phrases import some
from certmark.domain.score_comparisons import (
    Overview,
    ScoreComparison,
    Scoring,
    below_and_required,
    compare,
    overview,
    vetoed_and_required,
)
from certmark.domain.score_evidence import Proposal
from certmark.domain.scoring import (
    CriteriaSet,
    Decision,
    MovedCapability,
    Score,
    ScoreAssumption,
    ScorerMark,
    ScoreRow,
    ScoreTally,
    contradictions,
    false_claims,
    flips,
    score,
    tally,
)

_SHOWN = 5


class Proposed(NamedTuple):
    """A proposal beside the mark that stands there now."""

    proposal: Proposal
    present: ScorerMark

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.proposal.mark is self.present


class ScoreReport(NamedTuple):
    """All that is said of one scoring."""

    scoring: Scoring
    criteria: CriteriaSet
    tally: ScoreTally
    scores: tuple[tuple[ScoreRow, Score], ...]
    contradictions: tuple[str, ...]
    """A sentence each."""
    what_if: ScoreAssumption | None
    flips: tuple[MovedCapability, ...]
    comparisons: tuple[ScoreComparison, ...]
    proposals: tuple[Proposed, ...]
    overview: Overview | None = None
    """Of three scorings or more."""


def report_on(
    scoring: Scoring,
    criteria: CriteriaSet,
    *,
    others: Sequence[Scoring] = (),
    what_if: ScoreAssumption | None = None,
    proposals: Sequence[Proposal] = (),
) -> ScoreReport:
    """Put together what there is to say of `scoring`."""
    rows = scoring.by_capability
    within = [*contradictions(criteria), *_contradictions(scoring, criteria)]
    comparisons = tuple(compare(scoring, other, criteria) for other in others)
    return ScoreReport(
        scoring,
        criteria,
        tally(scoring.rows, criteria),
        tuple((row, score(row, criteria)) for row in scoring.rows),
        (*within, *_between(scoring, others, criteria, comparisons)),
        what_if,
        flips(scoring.rows, criteria, what_if) if what_if is not None else (),
        comparisons,
        tuple(
            Proposed(proposal, rows[proposal.capability].mark(proposal.criterion))
            for proposal in proposals
            if proposal.capability in rows
        ),
        overview((scoring, *others), criteria),
    )


def _contradictions(scoring: Scoring, criteria: CriteriaSet) -> list[str]:
    found = []
    claims: dict[tuple[int, bool, int, bool], list[str]] = {}
    for row, result in false_claims(scoring.rows, criteria):
        if row.claim is not None:
            is_in = result.decision is Decision.IN
            claims.setdefault((*row.claim, result.low, is_in), []).append(row.capability)
    for (total, starred, right, is_in), names in claims.items():
        found.append(_claim(scoring.name, total, right, _star(starred, is_in), names))
    return found + _required(scoring, criteria)


def _claim(sheet: str, total: int, right: int, star: str, names: Sequence[str]) -> str:
    who = f"1 row of {sheet} claims" if len(names) == 1 else f"{len(names)} rows of {sheet} claim"
    wrong = f"a total of {total}, and its marks give {right}" if total != right else f"a total of {total}"
    return f"{who} {wrong}{star}: {_some(names)}"


def _star(starred: bool, is_in: bool) -> str:
    if starred == is_in:
        return ""
    return ", with an asterisk though it is below the cut-off" if starred else ", without the asterisk that it earns"


def _required(scoring: Scoring, criteria: CriteriaSet) -> list[str]:
    found = []
    below = below_and_required(scoring, criteria)
    if below:
        names = [f"{name} ({result.low})" for name, result in below]
        found.append(
            f"{scoring.name} requires {len(below)} capabilities that its own achievements leave below "
            f"{criteria.cutoff}: {_some(names)}"
        )
    vetoed = vetoed_and_required(scoring)
    if vetoed:
        found.append(f"{scoring.name} requires {len(vetoed)} that it says need an administrator: {_some(vetoed)}")
    return found


def _between(
    first: Scoring, others: Sequence[Scoring], criteria: CriteriaSet, comparisons: Sequence[ScoreComparison]
) -> list[str]:
    found = []
    for other, comparison in zip(others, comparisons, strict=True):
        crossing = [difference.capability for difference in comparison.differences if difference.crosses]
        if crossing:
            found.append(
                f"{len(crossing)} of the {comparison.both} capabilities that {first.name} and {other.name} share are "
                f"on other sides of the cut-off: {_some(crossing)}"
            )
        below = below_and_required(first._replace(required=other.required), criteria)
        if below and other.required:
            names = [f"{name} ({result.low})" for name, result in below]
            found.append(
                f"{other.name} requires {len(below)} that {first.name} leaves below {criteria.cutoff}: {_some(names)}"
            )
    return found


def _some(names: Sequence[str]) -> str:
    return some(names, _SHOWN)
