"""When tests ran, as their results tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from certmark.domain.results import Evidence

_NANO = 10**9
_HOLDING = 2**40
"""Seconds; no run was that late."""


class TimeSpan(NamedTuple):
    """From the first test's start to the last one's end, to the second; None where no result tells."""

    began: datetime | None
    ended: datetime | None

    def document(self) -> dict[str, str | None]:
        """As it stands in an attestation."""
        return {"began": _text(self.began), "ended": _text(self.ended)}


def span_of(evidence: Iterable[Evidence]) -> TimeSpan:
    """The span of all attempts."""
    starts, ends = [], []
    for piece in evidence:
        for attempt in piece.attempts:
            started, seconds = attempt.started, attempt.seconds
            if started is None and attempt.window is not None:  # only its file tells
                starts.append(attempt.window[0])
                ends.append(attempt.window[1])
            elif started is not None and abs(started) < _HOLDING * _NANO:
                starts.append(started)
                if seconds is not None and abs(seconds) < _HOLDING:
                    ends.append(started + round(seconds * _NANO))
    return TimeSpan(_moment(min(starts, default=None)), _moment(max(ends, default=None)))


def _moment(nanoseconds: int | None) -> datetime | None:
    if nanoseconds is None or not 0 <= nanoseconds // _NANO < _HOLDING:
        return None
    try:
        return datetime.fromtimestamp(nanoseconds // _NANO, UTC)
    except (ValueError, OverflowError):
        return None


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
