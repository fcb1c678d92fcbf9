"""When tests ran, as their results tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from certmark.domain.results import Evidence
from certmark.formats.results.report.reading import evidence_in

_NANO = 10**9
_HOLDING = 2**40
"""Seconds; no run was that late."""
_LATEST = 2**63
"""Nanoseconds; a report has no later time."""


class TimeSpan(NamedTuple):
    """From the first test's start to the last one's end, to the second; None where no result tells."""

    began: datetime | None
    ended: datetime | None

    def document(self) -> dict[str, str | None]:
        """As it stands in an attestation."""
        return {"began": _text(self.began), "ended": _text(self.ended)}


def span_of(evidence: Iterable[Evidence]) -> TimeSpan:
    """The span of all attempts."""
    return _span((one.started, one.seconds, one.window) for piece in evidence for one in piece.attempts)


def span_in(report: Mapping[str, Any]) -> TimeSpan:
    """The span of all attempts that a parsed report lists; nothing else of them is read. Raises UnreadableResults.

    Where one of them is not as we write it, all of the report is read, and refused in that reader's words.
    """
    try:
        listed = [one for piece in report["evidence"] for one in piece["attempts"]]
        times = [(one["started"], one["seconds"], one.get("window")) for one in listed]
    except (KeyError, TypeError, AttributeError):
        return span_of(evidence_in(report))
    return _span(times) if all(map(_is_plain, times)) else span_of(evidence_in(report))


_Times = tuple[int | None, float | None, Sequence[int] | None]
"""When an attempt started, how many seconds it took, and between which times it must have been."""


def _is_plain(times: tuple[object, object, object]) -> bool:
    """Whether the values in a report are of the types and the sizes that we write."""
    started, seconds, window = times
    return (
        (started is None or (type(started) is int and abs(started) < _LATEST))
        and (seconds is None or (type(seconds) is float and abs(seconds) < _HOLDING))
        and (window is None or (type(window) is list and [*map(type, window)] == [int, int] and _is_ordered(*window)))
    )


def _is_ordered(began: int, ended: int) -> bool:
    return -_LATEST < began <= ended < _LATEST


def _span(attempts: Iterable[_Times]) -> TimeSpan:
    starts, ends = [], []
    for started, seconds, window in attempts:
        if started is None and window is not None:  # only its file tells
            starts.append(window[0])
            ends.append(window[1])
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
