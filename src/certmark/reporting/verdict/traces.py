"""What an attempt that did not pass leaves to look at: its failing calls and the end of its traceback, bounded."""

from __future__ import annotations

from typing import NamedTuple

from certmark.domain.results import Outcome, Request
from certmark.domain.verdict_values import SettledTest

_MOST = 3000
"""Characters of one traceback."""
_ALL = 120_000
"""Characters of all tracebacks on a page: a report that nobody can open helps nobody."""
_CALLS = 5


class Trace(NamedTuple):
    """Of one test, from the attempt that counted."""

    calls: tuple[Request, ...]
    text: str
    """The end of it; empty where there is none, or no room for it."""
    is_cut: bool
    """Whether there is more of it in the evidence."""


class TraceBudget:
    """Hands out tracebacks until the page is full; the same test is shown whole once."""

    def __init__(self) -> None:
        self._left = _ALL

    def trace_of(self, settled: SettledTest) -> Trace | None:
        """None where the test left nothing to look at."""
        attempt = settled.decisive or (settled.attempts[-1] if settled.attempts else None)
        if attempt is None or attempt.outcome is Outcome.PASSED or attempt.detail is None:
            return None
        detail = attempt.detail
        if not detail.text.strip() and not detail.requests:
            return None
        text = detail.text[-min(_MOST, self._left) :] if self._left > 0 else ""
        self._left -= len(text)
        return Trace(detail.requests[-_CALLS:], text, len(text) < len(detail.text))
