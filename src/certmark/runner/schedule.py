"""Which group is next: one queue, longest first, from which workers pull when they are free.

Nothing is handed out in advance. That keeps the last worker's end close to the first one's even
where expectations are wrong; with good ones the makespan comes within a percent of what is possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush

from certmark.runner.plan import Group, longest_first


class Queue:
    """What is still to be run."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._waiting = list(reversed(longest_first(groups)))

    def pull(self) -> Group | None:
        """The longest group that nobody has begun; None if there is none left."""
        return self._waiting.pop() if self._waiting else None

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


def time_left(waiting: float, running: Iterable[float], workers: int) -> float:
    """Seconds until the end: `waiting` seconds of work in the queue, and what is left of each running group."""
    left = [max(0.0, seconds) for seconds in running]
    share = (waiting + sum(left)) / (workers or 1)
    return max([share, *left])
