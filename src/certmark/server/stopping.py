"""The end of a process that serves or works: SIGTERM and Ctrl-C ask for it, and what was begun is finished."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self


class Stop:
    """A context in which both signals only set `event`."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self._before: dict[int, Any] = {}
        self._calls: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._asked)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def then(self, call: Callable[[], None]) -> None:
        """Call it as well, at once where the end has been asked for already."""
        self._calls.append(call)
        if self.event.is_set():
            call()

    def _asked(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as signals are handled
        self.event.set()
        for call in self._calls:
            call()
