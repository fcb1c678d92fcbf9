"""Many looks at once, none of which can hold up the whole.

Threads of a pool are waited for at the end of the process, so one endpoint that hangs would hang the
doctor, too; these are not.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from certmark.cloud.errors import first_line
from certmark.cloud.service import Unanswered

SECONDS = 25.0
"""For everything that is looked at."""
_AT_ONCE = 12
_IDLE_SECONDS = 0.2


class Unseen(NamedTuple):
    """What stands in the place of an answer that could not be had."""

    problem: str


class SideBySide:
    """Looks that have begun; more may be added by `also` while they go on."""

    def __init__(self, seconds: float = SECONDS, at_once: int = _AT_ONCE) -> None:
        self._ends = time.monotonic() + seconds
        self._waiting: queue.SimpleQueue[tuple[str, Callable[[], Any]]] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._results: dict[str, Any] = {}
        self._expected: list[str] = []
        self._threads = 0
        self._most = at_once

    def also(self, name: str, look: Callable[[], Any]) -> None:
        """Look at this as well; what it gives stands under `name`."""
        with self._changed:
            self._expected.append(name)
            self._waiting.put((name, look))
            if self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._work, name=f"doctor-{self._threads}", daemon=True).start()

    def results(self, tell: Callable[[int, int], None] = lambda _done, _all: None) -> Mapping[str, Any]:
        """What was found, by name; Unseen where a look failed or did not end in time. `tell` hears of progress."""
        with self._changed:
            while len(self._results) < len(self._expected) and (left := self._ends - time.monotonic()) > 0:
                tell(len(self._results), len(self._expected))
                self._changed.wait(min(left, 1.0))
            late = Unseen("it did not end in time")
            return {name: self._results.get(name, late) for name in self._expected}

    def _work(self) -> None:
        while True:
            try:
                name, look = self._waiting.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                with self._changed:
                    if self._waiting.empty():
                        self._threads -= 1
                        return
                continue
            result = attempt(look)
            with self._changed:
                self._results[name] = result
                self._changed.notify_all()


def attempt(look: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the look gives
    """What `look` gives, or Unseen with a sentence: foreign answers may be anything."""
    try:
        return look()
    except Unanswered as error:
        return Unseen(str(error))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return Unseen(f"the answer makes no sense ({type(error).__name__})")
    except Exception as error:  # noqa: BLE001 - libraries below raise families of their own; nothing may stop the rest
        return Unseen(f"{type(error).__name__}: {first_line(error, 120)}")
