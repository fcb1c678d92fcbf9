"""What is run together, whole classes, and in which order: one queue, the longest first.

A class's fixtures are set up once for all its tests, so a class is never divided.

Nothing is handed out in advance: workers pull when they are free. That keeps the last worker's end close to the
first one's even where expectations are wrong; with good ones the makespan comes within a percent of what is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from certmark.domain.identity import class_of, split
from certmark.runner.timings import Timings


class Group(NamedTuple):
    """Tests of one class, run one after the other by one worker."""

    name: str
    """The dotted name of the class."""
    tests: tuple[str, ...]
    """Full ids, as the suite lists them."""
    expected: float
    """Seconds, fixtures included."""


def plan_groups(full_ids: Iterable[str], timings: Timings) -> tuple[Group, ...]:
    """Groups of `full_ids`, longest first; an id that is named twice is run once."""
    classes: dict[str, dict[str, None]] = {}
    for full in full_ids:
        classes.setdefault(class_of(split(full).name), {})[full] = None
    groups = [Group(name, tuple(tests), timings.expected(name, tests)) for name, tests in classes.items()]
    return longest_first(groups)


def longest_first(groups: Iterable[Group]) -> tuple[Group, ...]:
    """`groups` by falling expectation; equal ones by name, so that the order is the same everywhere."""
    return tuple(sorted(groups, key=lambda group: (-group.expected, group.name)))


class Queue:
    """What is still to be run."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._waiting = list(reversed(longest_first(groups)))

    def pull(self) -> Group | None:
        """The longest group that nobody has begun; None if there is none left."""
        return self._waiting.pop() if self._waiting else None

    def put(self, group: Group) -> None:
        """Somebody has to run it again."""
        self._waiting = list(reversed(longest_first([*self._waiting, group])))

    def __iter__(self) -> Iterator[Group]:
        """What nobody has begun."""
        return reversed(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def tests(self) -> int:
        """Tests that nobody has begun."""
        return sum(len(group.tests) for group in self._waiting)

    @property
    def expected(self) -> float:
        """Seconds of work that nobody has begun."""
        return sum(group.expected for group in self._waiting)


def makespan(groups: Sequence[Group], workers: int, took: Callable[[Group], float]) -> float:
    """Seconds from the first beginning to the last end, if each group takes what `took` says."""
    queue = Queue(groups)
    free: list[float] = [0.0] * workers
    while (group := queue.pull()) is not None:
        heappush(free, heappop(free) + took(group))
    return max(free)


def bound(durations: Iterable[float], workers: int) -> float:
    """What no schedule of whole classes can beat: an even share of the work, or the longest class."""
    known = list(durations)
    return max([sum(known) / workers, *known])


def pace_of(spans: Iterable[tuple[float, float]]) -> float:
    """How much longer than expected things take, by (expected, took) of what ended and of what is late already.

    1 where nothing is known.
    """
    known = [(expected, took) for expected, took in spans if expected > 0]
    expected, took = (sum(column) for column in zip(*known, strict=True)) if known else (0.0, 0.0)
    return took / expected if expected else 1.0


def time_left(waiting: float, running: Iterable[float], workers: int) -> float:
    """Seconds until the end: `waiting` seconds of work in the queue, and what is left of each running group."""
    left = [max(0.0, seconds) for seconds in running]
    share = (waiting + sum(left)) / (workers or 1)
    return max([share, *left])
