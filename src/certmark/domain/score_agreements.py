"""One scoring out of two: what is equal is taken, what is not waits for somebody who decides.

1. A mark that both scorings give alike is agreed, with the evidence of both.
2. Where they differ, or only one of them gives a mark, it is open until somebody decides; who decided is its scorer.
3. What was not taken stays in the evidence, with whose it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.score_comparisons import Scoring
from certmark.domain.scoring import CriteriaSet, ScorerMark, ScoreRow, ScoringInput

_NONE = ScoringInput(ScorerMark.OPEN)
ADMIN = "needs_admin"
"""The question whether a capability needs an administrator, among the criteria."""


class MarkDifference(NamedTuple):
    """A mark on which two scorings do not agree."""

    capability: str
    criterion: str
    first: ScorerMark
    second: ScorerMark

    @property
    def key(self) -> str:
        """As a decision names it."""
        return f"{self.capability}.{self.criterion}"


class AgreedScoring(NamedTuple):
    """What two scorings come to."""

    rows: tuple[ScoreRow, ...]
    agreed: int
    """Marks that both gave alike."""
    decided: tuple[MarkDifference, ...]
    open: tuple[MarkDifference, ...]
    """Those on which somebody has to decide."""


def decisions_from(words: Iterable[str]) -> dict[str, ScorerMark]:
    """Decisions like `CAPABILITY.CRITERION=1`. Raises InvalidRequest."""
    found: dict[str, ScorerMark] = {}
    for word in words:
        key, _, mark = word.rpartition("=")
        if "." not in key or mark not in {"0", "1"}:
            raise InvalidRequest(f"{word[:80]} is no decision; write CAPABILITY.CRITERION=1 or =0")
        found[key] = ScorerMark(mark)
    return found


def agree(
    first: Scoring, second: Scoring, criteria: CriteriaSet, decisions: Mapping[str, ScorerMark], *, by: str, date: str
) -> AgreedScoring:
    """By the rules above. Raises InvalidRequest for a decision on what nobody disputes."""
    mine, theirs = first.by_capability, second.by_capability
    names = (first.name, second.name)
    rows, agreed = [], 0
    decided: list[MarkDifference] = []
    open_: list[MarkDifference] = []
    for capability in dict.fromkeys((*mine, *theirs)):
        pair = (mine.get(capability), theirs.get(capability))
        marks: dict[str, ScoringInput] = {}
        for criterion in criteria.weights:
            given = (_mark(pair[0], criterion), _mark(pair[1], criterion))
            if given[0].mark is given[1].mark is not ScorerMark.OPEN:
                marks[criterion] = _joined(given)
                agreed += 1
                continue
            difference = MarkDifference(capability, criterion, given[0].mark, given[1].mark)
            decision = decisions.get(difference.key)
            (open_ if decision is None else decided).append(difference)
            marks[criterion] = _settled(given, names, decision, by, date)
        admin = _admin(capability, pair, decisions, decided, open_)
        rows.append(ScoreRow(capability, marks, needs_admin=admin))
    _check_known(decisions, [*decided, *open_])
    return AgreedScoring(tuple(rows), agreed, tuple(decided), tuple(open_))


def _mark(row: ScoreRow | None, criterion: str) -> ScoringInput:
    return _NONE if row is None else row.marks.get(criterion, _NONE)


def _joined(given: Sequence[ScoringInput]) -> ScoringInput:
    """Rule 1."""
    evidence = "; ".join(dict.fromkeys(one.evidence for one in given if one.evidence))
    scorer = ", ".join(dict.fromkeys(one.scorer for one in given if one.scorer))
    return ScoringInput(given[0].mark, evidence, scorer, max(one.date for one in given))


def _settled(
    given: Sequence[ScoringInput], names: Sequence[str], decision: ScorerMark | None, by: str, date: str
) -> ScoringInput:
    """Rules 2 and 3."""
    told = "; ".join(
        f"{one.scorer or name} said {one.mark.value}{f' ({one.evidence})' if one.evidence else ''}"
        for one, name in zip(given, names, strict=True)
    )
    if decision is None:
        return ScoringInput(ScorerMark.OPEN, told)
    return ScoringInput(decision, f"decided by {by}: {told}", by, date)


def _admin(
    capability: str,
    pair: tuple[ScoreRow | None, ScoreRow | None],
    decisions: Mapping[str, ScorerMark],
    decided: list[MarkDifference],
    open_: list[MarkDifference],
) -> bool:
    """Whether it needs an administrator; until somebody decides, it does if one of the two says so."""
    said = [row.needs_admin for row in pair if row is not None]
    if len(set(said)) == 1:
        return said[0]
    first, second = (ScorerMark.MET if one else ScorerMark.NOT_MET for one in said)
    difference = MarkDifference(capability, ADMIN, first, second)
    decision = decisions.get(difference.key)
    (open_ if decision is None else decided).append(difference)
    return decision is not ScorerMark.NOT_MET


def _check_known(decisions: Mapping[str, ScorerMark], differences: Iterable[MarkDifference]) -> None:
    known = {difference.key for difference in differences}
    for key in decisions:
        if key not in known:
            raise InvalidRequest(f"there is nothing to decide about {key[:120]}: both say the same, or neither has it")
