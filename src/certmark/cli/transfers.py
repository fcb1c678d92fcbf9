"""How much of a large file has gone or come, and the time left: on a terminal, and only there."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.reporting.progress.run import duration

if TYPE_CHECKING:
    from certmark.client.values import Progress

_SMALL = 1 << 20
"""Bytes of which nobody wants to see them go."""
_EVERY = 0.2
"""Seconds."""


@contextmanager
def transfer(word: str, console: Console) -> Iterator[Progress | None]:
    """Who is told how far it is; None where nobody looks. `word` says what is done: sent, fetched."""
    if console.quiet or not sys.stderr.isatty():
        yield None
        return
    line = _Line(word)
    try:
        yield line
    finally:
        line.clear()


class _Line:
    """One line, written over and over."""

    def __init__(self, word: str) -> None:
        self._word = word
        self._first: tuple[float, int] | None = None
        self._shown = 0.0
        self._width = 0

    def __call__(self, done: int, size: int | None) -> None:
        """So many bytes are through."""
        now = time.monotonic()
        self._first = self._first or (now, done)
        if (size or done) < _SMALL or now - self._shown < _EVERY:
            return
        self._shown = now
        self._write(progress_text(self._word, done, size, now - self._first[0], done - self._first[1]))

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r{text:<{self._width}}")
        sys.stderr.flush()
        self._width = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._width:
            sys.stderr.write(f"\r{'':<{self._width}}\r")
            sys.stderr.flush()


def progress_text(word: str, done: int, size: int | None, seconds: float, since: int) -> str:
    """`12.0 of 300.0 MiB sent, 4 %, 2 min left`; `since`: bytes of the last `seconds`."""
    if not size:
        return f"{done / (1 << 20):.1f} MiB {word}"
    text = f"{done / (1 << 20):.1f} of {size / (1 << 20):.1f} MiB {word}, {100 * done // size} %"
    if since <= 0 or seconds <= 0 or done >= size:
        return text
    return f"{text}, {duration((size - done) * seconds / since)} left"
