"""Scoring capabilities: marks against weighted criteria, totals, margins, what-if.

Rules, as the working group's sheets have them:

1. A total is the sum of the weights of the criteria that a capability meets.
2. An open mark (`?`) counts as not met in `low` and as met in `high`; while the two differ on the cut-off,
   nothing is decided.
3. A criterion that is not considered (`*`, add-ons) never adds anything.
4. A capability that needs an administrator is vetoed: its total is 0, whatever its marks.
5. A capability is in if its total reaches the cut-off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest

KEYS = (
    "deployed", "tools", "clients",
    "future", "complete", "stable",
    "discover", "doc", "sticky",
    "foundation", "atomic", "proximity",
)  # fmt: skip
"""The criteria of the interop guidelines, in the order of the sheets."""
GROUPS = (("usage", KEYS[:3]), ("direction", KEYS[3:6]), ("community", KEYS[6:9]), ("system", KEYS[9:]))
"""The four groups in which the sheets write them."""


class ScorerMark(Enum):
    """What a scorer says of one criterion."""

    MET = "1"
    NOT_MET = "0"
    OPEN = "?"
    """Not scored yet, or needs discussion."""
    NOT_CONSIDERED = "*"
    """The program does not ask for this criterion."""


class ScoringInput(NamedTuple):
    """One mark, and who stands behind it."""

    mark: ScorerMark
    evidence: str = ""
    """A sentence or a link; empty where the scorer gave none."""
    scorer: str = ""
    date: str = ""
    """`YYYY-MM-DD`; empty where nobody wrote it down."""


class ClaimedScore(NamedTuple):
    """What a sheet itself says of a row, to be held against the marks."""

    total: int
    is_in: bool


class ScoreRow(NamedTuple):
    """The marks of one capability."""

    capability: str
    marks: Mapping[str, ScoringInput]
    """By criterion; one that is absent is open."""
    needs_admin: bool = False
    claim: ClaimedScore | None = None
    line: int | None = None
    """Where it stands in the file, from 1."""

    def mark(self, criterion: str) -> ScorerMark:
        """What it is marked with."""
        given = self.marks.get(criterion)
        return ScorerMark.OPEN if given is None else given.mark

    @property
    def met(self) -> frozenset[str]:
        """The criteria that it meets."""
        return frozenset(key for key, given in self.marks.items() if given.mark is ScorerMark.MET)


class CriteriaSet(NamedTuple):
    """Weighted criteria and a cut-off, as one version of them was in force."""

    id: str
    weights: Mapping[str, int]
    """By criterion, in the order of the sheets as far as they have it."""
    cutoff: int | None
    names: Mapping[str, str] = {}
    note: str = ""
    """What is odd about it."""

    @property
    def total(self) -> int:
        """What a capability has that meets all of them."""
        return sum(self.weights.values())


class Decision(Enum):
    """Where a capability stands against the cut-off."""

    IN = "in"
    OUT = "out"
    OPEN = "open"
    """Open marks decide."""
    VETOED = "vetoed"
    NO_CUTOFF = "no cut-off"


class Score(NamedTuple):
    """The score of one capability."""

    low: int
    """With every open mark not met."""
    high: int
    """With every open mark met."""
    margin: int | None
    """`low` above the cut-off (negative: below); None without a cut-off."""
    decision: Decision

    @property
    def is_settled(self) -> bool:
        """Whether no open mark is left that weighs."""
        return self.low == self.high


def score(row: ScoreRow, criteria: CriteriaSet) -> Score:
    """Score `row` by the rules above."""
    if row.needs_admin:
        return Score(0, 0, None if criteria.cutoff is None else -criteria.cutoff, Decision.VETOED)
    low = sum(weight for key, weight in criteria.weights.items() if row.mark(key) is ScorerMark.MET)
    high = low + sum(weight for key, weight in criteria.weights.items() if row.mark(key) is ScorerMark.OPEN)
    if criteria.cutoff is None:
        return Score(low, high, None, Decision.NO_CUTOFF)
    return Score(low, high, low - criteria.cutoff, _decision(low, high, criteria.cutoff))


def _decision(low: int, high: int, cutoff: int) -> Decision:
    if low >= cutoff:
        return Decision.IN
    return Decision.OPEN if high >= cutoff else Decision.OUT


class ScoreTally(NamedTuple):
    """How many capabilities stand where."""

    rows: int
    decisions: Mapping[Decision, int]
    """Every decision is a key."""
    near: tuple[str, ...]
    """Capabilities that one mark would bring to the other side."""


def tally(rows: Iterable[ScoreRow], criteria: CriteriaSet) -> ScoreTally:
    """Count `rows` by decision."""
    decisions = dict.fromkeys(Decision, 0)
    near = []
    count = 0
    for row in rows:
        found = score(row, criteria)
        decisions[found.decision] += 1
        count += 1
        if _is_near(row, found, criteria):
            near.append(row.capability)
    return ScoreTally(count, decisions, tuple(near))


def _is_near(row: ScoreRow, found: Score, criteria: CriteriaSet) -> bool:
    """Whether a single mark decides: a met one that may fall, or one not met that may rise."""
    if found.decision not in {Decision.IN, Decision.OUT} or found.margin is None:
        return False
    falls = ScorerMark.MET if found.decision is Decision.IN else ScorerMark.NOT_MET
    most = max((weight for key, weight in criteria.weights.items() if row.mark(key) is falls), default=0)
    return most > found.margin if found.decision is Decision.IN else most >= -found.margin


class ScoreAssumption(NamedTuple):
    """Other weights, another cut-off, other marks."""

    weights: Mapping[str, int] = {}
    cutoff: int | None = None
    marks: Mapping[tuple[str, str], ScorerMark] = {}
    """By capability and criterion."""


class MovedCapability(NamedTuple):
    """A capability that another assumption moves."""

    capability: str
    before: Score
    after: Score

    @property
    def crosses(self) -> bool:
        """Whether it changes sides, not only its total."""
        return self.before.decision is not self.after.decision


def what_if_from(words: Iterable[str], criteria: CriteriaSet, rows: Iterable[ScoreRow]) -> ScoreAssumption:
    """The assumptions in `complete=10`, `cutoff=70`, `CAPABILITY.deployed=1`. Raises InvalidRequest."""
    weights: dict[str, int] = {}
    marks: dict[tuple[str, str], ScorerMark] = {}
    cutoff: int | None = None
    names = {row.capability for row in rows}
    for word in words:
        subject, sign, value = word.partition("=")
        capability, _, criterion = subject.rpartition(".")
        if sign and subject == "cutoff" and value.isdecimal():
            cutoff = int(value)
        elif sign and subject in criteria.weights and value.isdecimal():
            weights[subject] = int(value)
        elif sign and capability in names and criterion in criteria.weights and value in _MARKS:
            marks[capability, criterion] = _MARKS[value]
        else:
            raise InvalidRequest(
                f"{word!r} is not understood: give CRITERION=WEIGHT, cutoff=N or CAPABILITY.CRITERION=MARK, "
                f"with a capability of the scores and a criterion of {', '.join(criteria.weights)}"
            )
    return ScoreAssumption(weights, cutoff, marks)


_MARKS = {mark.value: mark for mark in ScorerMark}


def are_of_add_on(rows: Sequence[ScoreRow]) -> bool:
    """Whether these are the marks of an add-on: they do not consider foundation."""
    return bool(rows) and all(row.mark("foundation") is ScorerMark.NOT_CONSIDERED for row in rows)


def with_assumptions(criteria: CriteriaSet, what_if: ScoreAssumption) -> CriteriaSet:
    """`criteria` with the weights and the cut-off of `what_if`."""
    weights = {**criteria.weights, **what_if.weights}
    return criteria._replace(weights=weights, cutoff=criteria.cutoff if what_if.cutoff is None else what_if.cutoff)


def with_marks(row: ScoreRow, marks: Mapping[tuple[str, str], ScorerMark]) -> ScoreRow:
    """`row` with other marks."""
    mine = {key: ScoringInput(mark, "what if") for (name, key), mark in marks.items() if name == row.capability}
    return row._replace(marks={**row.marks, **mine}) if mine else row


def flips(rows: Iterable[ScoreRow], criteria: CriteriaSet, what_if: ScoreAssumption) -> tuple[MovedCapability, ...]:
    """What `what_if` changes, the capabilities that change sides first."""
    other = with_assumptions(criteria, what_if)
    pairs = (
        MovedCapability(row.capability, score(row, criteria), score(with_marks(row, what_if.marks), other))
        for row in rows
    )
    moved = [pair for pair in pairs if pair.before != pair.after]
    return tuple(sorted(moved, key=lambda pair: not pair.crosses))


def false_claims(rows: Iterable[ScoreRow], criteria: CriteriaSet) -> tuple[tuple[ScoreRow, Score], ...]:
    """Rows whose own total or asterisk is not what their marks give."""
    found = []
    for row in rows:
        result = score(row, criteria)
        claim = row.claim
        if (
            claim is not None
            and result.is_settled
            and claim != ClaimedScore(result.low, result.decision is Decision.IN)
        ):
            found.append((row, result))
    return tuple(found)


def contradictions(criteria: CriteriaSet) -> tuple[str, ...]:
    """What is wrong with weights and cut-off themselves: a sentence each."""
    found = [criteria.note] if criteria.note else []
    if criteria.cutoff is not None and criteria.total < criteria.cutoff:
        found.append(
            f"the weights of {criteria.id} add up to {criteria.total}: "
            f"nothing can reach the cut-off of {criteria.cutoff}"
        )
    elif set(criteria.weights) >= set(KEYS) and criteria.total != _WHOLE:
        found.append(f"the weights of {criteria.id} add up to {criteria.total}, not to {_WHOLE}")
    return tuple(found)


_WHOLE = 100
"""What the weights of all twelve criteria are meant to add up to (process 2016A, A4.3)."""
