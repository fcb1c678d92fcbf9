"""What a person sees while the doctor looks: one line on standard error."""

from __future__ import annotations

import sys

from certmark.cli.console import Console, printable


class Watch:
    """A line that is written over on a terminal; elsewhere one remark at the beginning."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = sys.stderr.isatty() and not console.quiet
        self._said = False

    def __call__(self, sentence: str) -> None:
        """Something begins."""
        if self._live:
            sys.stderr.write(f"\r\x1b[Kcertmark: {printable(sentence)}")
            sys.stderr.flush()
        elif not self._said:
            self._console.remark(sentence)
        self._said = True

    def count(self, done: int, all_: int) -> None:
        """So many looks have ended."""
        if self._live:
            self(f"looked at {done} of {all_} things")

    def done(self) -> None:
        """The line goes."""
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
