"""What our own words in a stream (`own_words`) say of attempts and of the whole, written and read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind
from certmark.formats.results.contents import Reading
from certmark.formats.results.subunit.own_words import LARGEST_RECORD, OWN

_MOST_TROUBLES: Final = 1_000
_LONGEST_SENTENCE: Final = 1_000
_ENDLESS: Final = 2**63


class StreamRecord(NamedTuple):
    """What is said of the evidence as a whole."""

    truncated: bool = False
    passes_only: bool = False
    troubles: tuple[Trouble, ...] = ()


def tags_of(attempt: Attempt, *, outcome: bool, started: bool, seconds: bool) -> list[str]:
    """The tags for what subunit has no word for; the flags say which of these fields have none in this case."""
    fields: list[tuple[str, Any]] = [
        ("outcome", attempt.outcome.value if outcome else None),
        ("started", attempt.started if started and abs(attempt.started or 0) < _ENDLESS else None),
        ("seconds", attempt.seconds if seconds else None),
        ("place", attempt.place),
        ("window", attempt.window),
        ("superseded", attempt.superseded or None),
    ]
    return [f"{OWN}{key}:{json.dumps(value)}" for key, value in fields if value is not None]


def with_own_words(reading: Reading, records: Iterable[bytes]) -> Reading:
    """`reading` with what our tags say of its attempts, and `records` of the whole."""
    record = _read(records)
    return reading._replace(
        attempts=tuple(map(_understood, reading.attempts)),
        passes_only=record.passes_only,
        truncated=reading.truncated or record.truncated,
        troubles=record.troubles,
    )


def _understood(attempt: Attempt) -> Attempt:
    """`attempt` with what our tags say of it; they are no longer among its tags."""
    changes: dict[str, Any] = {}
    tags = []
    for tag in attempt.tags:
        key, separator, text = tag.removeprefix(OWN).partition(":")
        value = _value(key, text) if separator and tag.startswith(OWN) else None
        if value is None or (key == "outcome" and attempt.outcome is not Outcome.FAILED):
            tags.append(tag)
        else:
            changes[key] = value
    return attempt._replace(tags=tuple(tags), **changes)


def _value(key: str, text: str) -> Any:
    """The value of a field; None for what is none."""
    value = _document(text)
    match key, value:
        case "outcome", ("setup-error" | "unfinished"):
            return Outcome(value)
        case "seconds", int() | float() if 0 <= value < _ENDLESS:
            return float(value)
        case "window", [int(began), int(ended)] if -_ENDLESS < began <= ended < _ENDLESS:
            return (began, ended)
        case ("started", int()) if abs(value) < _ENDLESS:
            return value
        case ("place", str()) | ("superseded", True):
            return value
    return None


def written(record: StreamRecord) -> bytes:
    """The content of the record."""
    troubles = [
        {"kind": trouble.kind.value, "sentence": trouble.sentence[:_LONGEST_SENTENCE], "scope": trouble.scope}
        for trouble in record.troubles[:_MOST_TROUBLES]
    ]
    return json.dumps(record._asdict() | {"troubles": troubles}).encode("ascii")[:LARGEST_RECORD]


def _read(contents: Iterable[bytes]) -> StreamRecord:
    """What all records of a stream say; what makes no sense in one is left out."""
    found = [document for content in contents if isinstance(document := _document(content), dict)]
    return StreamRecord(
        any(document.get("truncated") is True for document in found),
        any(document.get("passes_only") is True for document in found),
        tuple(dict.fromkeys(trouble for document in found for trouble in _troubles(document.get("troubles")))),
    )


def _document(content: bytes | str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _troubles(items: Any) -> Iterable[Trouble]:
    kinds = {kind.value: kind for kind in TroubleKind}
    for item in items[:_MOST_TROUBLES] if isinstance(items, list) else ():
        match item:
            case {"kind": str(kind), "sentence": str(sentence), "scope": str(scope)} if kind in kinds:
                yield Trouble(kinds[kind], sentence[:_LONGEST_SENTENCE], scope)
