"""The outcomes by test of a run, as a certificate carries them.

They have the form that a report's evidence has, but for times: they are in microseconds, as a number that every
reader of JSON reads alike (nanoseconds are beyond 2^53).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from certmark.domain.results import Evidence
from certmark.formats.errors import InvalidCertificate, UnreadableResults, excerpt
from certmark.formats.results.report.document import evidence_document
from certmark.formats.results.report.reading import evidence_in

_KEYS = frozenset({"name", "uuid", "outcome", "started", "seconds", "place", "window", "superseded"})
_HOLDING = 2**53


def outcomes_document(evidence: Evidence) -> dict[str, Any]:
    """One file of results; what is told of it in words is left out."""
    document = evidence_document(evidence)
    attempts = [_rounded(attempt) for attempt in document["attempts"]]
    return {**document, "remarks": [], "attempts": attempts}


def outcomes_in(pieces: object, where: str) -> tuple[Evidence, ...]:
    """The outcomes; nothing but outcomes may stand there. Raises InvalidCertificate."""
    if not isinstance(pieces, list) or not all(isinstance(piece, dict) for piece in pieces):
        raise InvalidCertificate(f'{where}: "outcomes" must be a list of mappings')
    try:
        return evidence_in({"evidence": [_with_times(piece, where) for piece in pieces]})
    except UnreadableResults as error:
        raise InvalidCertificate(f"{where}: {str(error).removeprefix('the report, ')}") from error


def _rounded(attempt: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in attempt.items() if key in _KEYS}
    if "started" in found:
        found["started"] //= 1000
    if "window" in found:
        found["window"] = [moment // 1000 for moment in found["window"]]
    return found


def _with_times(piece: Mapping[str, Any], where: str) -> dict[str, Any]:
    attempts = piece.get("attempts")
    if not isinstance(attempts, list) or not all(isinstance(attempt, dict) for attempt in attempts):
        raise InvalidCertificate(f'{where}: "attempts" must be a list of mappings')
    return {**piece, "attempts": [_scaled(attempt, where) for attempt in attempts]}


def _scaled(attempt: Mapping[str, Any], where: str) -> dict[str, Any]:
    strange = attempt.keys() - _KEYS
    if strange:
        raise InvalidCertificate(f"{where}: an outcome has {excerpt(min(strange), 40)}, which is none")
    found = dict(attempt)
    if type(found.get("started")) is int:
        found["started"] = _nanoseconds(found["started"])
    window = found.get("window")
    if isinstance(window, list) and all(type(moment) is int for moment in window):
        found["window"] = [_nanoseconds(moment) for moment in window]
    return found


def _nanoseconds(moment: int) -> int:
    return moment * 1000 if abs(moment) < _HOLDING else moment
