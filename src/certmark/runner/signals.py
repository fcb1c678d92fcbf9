"""Signals that ask a run for a gentle end."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""A person, whoever runs this machine, a terminal that goes away."""


@contextlib.contextmanager
def interrupts() -> Iterator[list[int]]:
    """A list that grows with every signal that asks for an end; a main thread is needed to hear them."""
    heard: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return

    def hear(number: int, _frame: FrameType | None) -> None:
        heard.append(number)

    with _handled_by(hear):
        yield heard


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Each of these signals is a KeyboardInterrupt, so that whoever is at work can leave everything in order."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _handled_by(end):
        yield


@contextlib.contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """A terminal that nohup told this process to do without may go away."""
    does_without = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    wanted = [number for number in STOP_SIGNALS if not (does_without and number is signal.SIGHUP)]
    before = {number: signal.signal(number, handler) for number in wanted}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
