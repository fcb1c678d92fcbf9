"""Several things done at once, none of which can keep the others waiting for ever.

Threads of a pool are waited for at the end of the process, so one endpoint that hangs would hang the
process, too; these are not.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeVar

from certmark.domain.pacing import MOST_AT_ONCE, unneeded_seconds

T = TypeVar("T")
_LONGEST = 10
"""Times the silence that is borne, in all."""


class SideBySide(Generic[T]):
    """Tasks that have begun; more may be added by `submit` while they go on.

    They have `seconds` in all; with `as_long_as_they_end` the seconds begin anew with each task that ends.
    """

    def __init__(self, seconds: float, at_once: int = MOST_AT_ONCE, *, as_long_as_they_end: bool = False) -> None:
        self._seconds = seconds
        self._is_prolonged = as_long_as_they_end
        self._begun = time.monotonic()
        self._ends = self._begun + seconds
        self._waiting: deque[tuple[str, Callable[[], T]]] = deque()
        self._changed = threading.Condition()
        self._results: dict[str, T | BaseException] = {}
        self._expected: list[str] = []
        self._threads = 0
        self._most = at_once

    def submit(self, name: str, task: Callable[[], T]) -> None:
        """Do this as well; what it gives stands under `name`."""
        with self._changed:
            self._expected.append(name)
            self._waiting.append((name, task))
            if self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name=f"look-{name}", daemon=True).start()

    def results(self, tell: Callable[[int, int], None] = lambda _done, _all: None) -> dict[str, T | BaseException]:
        """What each task gave, or raised, in their order; TimeoutError for one that is late. `tell` hears of progress.

        A late one goes on in a daemon thread, which ends with the process at the latest.
        """
        with self._changed:
            while len(self._results) < len(self._expected) and (left := self._ends - time.monotonic()) > 0:
                tell(len(self._results), len(self._expected))
                self._changed.wait(min(left, 1.0))
            late = TimeoutError(f"not done within {self._seconds:g} s")
            return {name: self._results.get(name, late) for name in self._expected}

    def wait_for(self, needed: Collection[str]) -> None:
        """Until those are done or late; from then on all others have only a little longer (`domain.pacing`, rule 5)."""
        with self._changed:
            while not self._results.keys() >= set(needed) and (left := self._ends - time.monotonic()) > 0:
                self._changed.wait(left)
            now = time.monotonic()
            self._ends = min(self._ends, now + unneeded_seconds(now - self._begun))

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            name, task = taken
            result = _outcome(task)
            with self._changed:
                self._results[name] = result
                if self._is_prolonged:
                    self._ends = min(time.monotonic() + self._seconds, self._begun + _LONGEST * self._seconds)
                self._changed.notify_all()

    def _next(self) -> tuple[str, Callable[[], T]] | None:
        """A task that nobody has begun; None: this thread ends, and `submit` starts another."""
        with self._changed:
            if self._waiting:
                return self._waiting.popleft()
            self._threads -= 1
            return None


def _outcome(task: Callable[[], T]) -> T | BaseException:
    try:
        return task()
    except BaseException as error:  # noqa: BLE001 - raised again, or told, by whoever asked
        return error


def side_by_side(
    tasks: Mapping[str, Callable[[], T]], seconds: float, *, needed: Collection[str] | None = None
) -> dict[str, T | BaseException]:
    """What each task gives, or raised, in the order of `tasks`; TimeoutError for one not done in `seconds`.

    Where `needed` names some of them, the others are not waited for much longer than these.
    """
    work: SideBySide[T] = SideBySide(seconds, max(1, len(tasks)))
    for name, task in tasks.items():
        work.submit(name, task)
    if needed is not None:
        work.wait_for([name for name in tasks if name in needed])
    return work.results()
