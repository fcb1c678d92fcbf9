"""What a query can ask of a run.

1. A query is asked of each run by itself; its answer is the runs for which it holds.
2. `count(…)` and `flaky` look at the other runs of the same cloud as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import NamedTuple

from certmark.domain.verdict_values import Standing, State


class Word(Enum):
    """What is said of a run by one word, in any case; `*` at its end means that it begins so."""

    CLOUD = "cloud"
    VENDOR = "vendor"
    PRODUCT = "product"
    RELEASE = "release"
    """The version of the product that was tested."""
    REGION = "region"
    PROGRAM = "program"
    GUIDELINE = "guideline"
    """For which its sender asked for a verdict."""
    WAIVED = "waived"
    """The name of a test, or the key of a capability, that a waiver settled."""


class Relation(Enum):
    """How a number is compared."""

    MORE = ">"
    AT_LEAST = ">="
    EXACTLY = "="
    AT_MOST = "<="
    LESS = "<"

    def holds(self, number: int, bound: int) -> bool:
        """Whether `number` compares so to `bound`."""
        match self:
            case Relation.MORE:
                return number > bound
            case Relation.AT_LEAST:
                return number >= bound
            case Relation.EXACTLY:
                return number == bound
            case Relation.AT_MOST:
                return number <= bound
            case Relation.LESS:
                return number < bound


class WordTerm(NamedTuple):
    """`cloud:NAME` and its like."""

    word: Word
    value: str


class OutcomeTerm(NamedTuple):
    """`test:NAME`: the run says something of the test, which may be named by its id; `test:NAME=failed`: that."""

    test: str
    state: State | None


class CapabilityTerm(NamedTuple):
    """`capability:KEY`: the run says something of one of its tests; `capability:KEY=fail`: it came to that."""

    capability: str
    standing: Standing | None


class StatusTerm(NamedTuple):
    """`status:pass`: what the run came to."""

    standing: Standing


class TagTerm(NamedTuple):
    """`tag:KEY`, `tag:KEY=VALUE`."""

    key: str
    value: str | None


class SinceTerm(NamedTuple):
    """`since:2026-11-01`: it was received on that day or later, in UTC."""

    day: date


class FlakyTerm(NamedTuple):
    """`flaky>2`: on so many tests the run's cloud wavered without having been changed."""

    comparison: Relation
    bound: int


class CountTerm(NamedTuple):
    """`count(test:NAME=failed)>2`: of so many runs of the same cloud that holds."""

    query: Query
    comparison: Relation
    bound: int


class AllTerm(NamedTuple):
    """`A and B`, or just `A B`; at least two."""

    parts: tuple[Query, ...]


class AnyTerm(NamedTuple):
    """`A or B`; at least two."""

    parts: tuple[Query, ...]


class NotTerm(NamedTuple):
    """`not A`."""

    query: Query


class EveryTerm(NamedTuple):
    """Nothing was asked: every run."""


Query = (
    WordTerm
    | OutcomeTerm
    | CapabilityTerm
    | StatusTerm
    | TagTerm
    | SinceTerm
    | FlakyTerm
    | CountTerm
    | AllTerm
    | AnyTerm
    | NotTerm
    | EveryTerm
)

STATES = {
    "passed": State.PASSED,
    "failed": State.FAILED,
    "skipped": State.SKIPPED,
    "set-up-error": State.SETUP_ERROR,
    "unfinished": State.NOT_RUN,
    "not-reported": State.NOT_REPORTED,
}
"""The words for what became of a test in a run; `unfinished`: it began and nothing more was heard of it."""
STANDINGS = {
    "pass": Standing.PASS,
    "fail": Standing.FAIL,
    "incomplete": Standing.INCOMPLETE,
    "not-judged": Standing.NOT_JUDGED,
    "not-applicable": Standing.NOT_APPLICABLE,
}
"""The words for what a capability or a run came to."""


def parts_of(query: Query) -> Iterator[Query]:
    """The query and everything in it."""
    yield query
    match query:
        case AllTerm(parts) | AnyTerm(parts):
            for part in parts:
                yield from parts_of(part)
        case NotTerm(inner) | CountTerm(inner, _, _):
            yield from parts_of(inner)
        case _:
            pass
