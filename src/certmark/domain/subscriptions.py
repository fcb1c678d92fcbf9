"""When whoever follows a query is told: decided from what was seen last and what is seen now.

1. `changed`: other runs answer the query, or the newest run of a cloud among them came to something else.
2. `failing`: the newest so many runs of a cloud, one after the other, failed; told once until one does not.
3. `stale`: no run that answers the query was received for so many days; told once until one is.
4. Nothing is told of what was there when somebody began to follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest

_DAY = 24 * 3600 * 10**6
MOST = {"failing": 50, "stale": 365}
"""Runs, and days."""


class Condition(Enum):
    """What somebody wants to be told."""

    CHANGED = "changed"
    FAILING = "failing"
    STALE = "stale"


class RunOverview(NamedTuple):
    """What there is to say of the runs that answer a query, at one moment."""

    runs: int
    mark: int
    """A number that is another one where other runs answer."""
    newest: int
    """When the newest of them was received, in microseconds since 1970; 0: there is none."""
    clouds: Mapping[str, str]
    """What the newest run of each cloud came to."""
    failing: frozenset[str] = frozenset()
    """Rule 2."""
    is_stale: bool = False
    """Rule 3."""


class CloudChange(NamedTuple):
    """A cloud whose newest run came to something else; None: there was none, or is none any more."""

    cloud: str
    before: str | None
    now: str | None


class AnswerChange(NamedTuple):
    """What is told."""

    condition: Condition
    before: int
    """Runs that answered the query."""
    now: int
    clouds: tuple[CloudChange, ...] = ()
    """By their names."""
    failing: tuple[str, ...] = ()
    """Clouds of which that was not told before."""
    newest: int = 0


def checked(condition: Condition, number: int) -> int:
    """How many runs or days are meant; 0 where none are. Raises InvalidRequest."""
    most = MOST.get(condition.value, 0)
    if not most:
        return 0
    if not 0 < number <= most:
        what = "runs in a row" if condition is Condition.FAILING else "days"
        raise InvalidRequest(f"for {condition.value} say how many {what}, from 1 to {most}")
    return number


def is_stale(newest: int, days: int, now: int) -> bool:
    """Rule 3: whether nothing was received for so many days. Where there never was a run, nothing is missing."""
    return newest > 0 and now - newest >= days * _DAY


def news(condition: Condition, before: RunOverview, now: RunOverview) -> AnswerChange | None:
    """What there is to tell; None: nothing."""
    found = AnswerChange(condition, before.runs, now.runs, newest=now.newest)
    match condition:
        case Condition.CHANGED:
            clouds = _changes(before.clouds, now.clouds)
            is_same = (before.runs, before.mark) == (now.runs, now.mark) and not clouds
            return None if is_same else found._replace(clouds=clouds)
        case Condition.FAILING:
            new = now.failing - before.failing
            return found._replace(failing=tuple(sorted(new))) if new else None
        case Condition.STALE:
            return found if now.is_stale and not before.is_stale else None


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[CloudChange, ...]:
    names = sorted({*before, *now})
    found = (CloudChange(name, before.get(name), now.get(name)) for name in names)
    return tuple(one for one in found if one.before != one.now)
