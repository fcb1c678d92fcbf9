"""Several things done at once, none of which can keep the others waiting for ever.

Threads of a pool are waited for at the end of the process, so one endpoint that hangs would hang the
process, too; these are not.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")
_AT_ONCE = 12


class SideBySide(Generic[T]):
    """Tasks that have begun; more may be added by `submit` while they go on."""

    def __init__(self, seconds: float, at_once: int = _AT_ONCE) -> None:
        self._seconds = seconds
        self._ends = time.monotonic() + seconds
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

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            name, task = taken
            result = _outcome(task)
            with self._changed:
                self._results[name] = result
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


def side_by_side(tasks: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T | BaseException]:
    """What each task gives, or raised, in the order of `tasks`; TimeoutError for one not done in `seconds`."""
    work: SideBySide[T] = SideBySide(seconds, max(1, len(tasks)))
    for name, task in tasks.items():
        work.submit(name, task)
    return work.results()
