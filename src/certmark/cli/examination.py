"""What a person sees while a cloud is examined: one line on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import assert_never

from certmark.cli.console import Console, printable
from certmark.domain.preflight import ExaminationEvent, ExaminationListener, ExaminationProgress, ExaminationSubject


@contextmanager
def watching(console: Console) -> Iterator[ExaminationListener]:
    """Who draws an examination: on a terminal one line that is written over, elsewhere a remark at its beginning."""
    is_live = sys.stderr.isatty() and not console.quiet

    def draw(event: ExaminationEvent) -> None:
        match event:
            case ExaminationSubject():
                if is_live:
                    _write(f"certmark: {printable(event.what)}")
                else:
                    console.remark(event.what)
            case ExaminationProgress():
                if is_live:
                    is_last = event.done == event.of
                    _write("" if is_last else f"certmark: looked at {event.done} of {event.of} things")
            case _:
                assert_never(event)

    try:
        yield draw
    finally:
        if is_live:
            _write("")


def _write(line: str) -> None:
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()
