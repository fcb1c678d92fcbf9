"""Several things done at once, none of which can keep the others waiting for ever."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


def side_by_side(tasks: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T | BaseException]:
    """What each task gives, or raised, in the order of `tasks`; TimeoutError for one not done in `seconds`.

    A late one goes on in a daemon thread, which ends with the process at the latest.
    """
    answers: queue.SimpleQueue[tuple[str, T | BaseException]] = queue.SimpleQueue()

    def work(name: str) -> None:
        try:
            answers.put((name, tasks[name]()))
        except BaseException as error:  # noqa: BLE001 - raised again, or told, by whoever asked
            answers.put((name, error))

    for name in tasks:
        threading.Thread(target=work, args=(name,), name=f"look-{name}", daemon=True).start()
    found: dict[str, T | BaseException] = {}
    ends = time.monotonic() + seconds
    while len(found) < len(tasks):
        try:
            name, answer = answers.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            break
        found[name] = answer
    late = TimeoutError(f"not done within {seconds:g} s")
    return {name: found.get(name, late) for name in tasks}
