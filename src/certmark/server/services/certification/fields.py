"""What is told with a step, read as its fields say: what is missing, too long or of another kind is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from certmark.domain.certification.deadlines import end_of
from certmark.domain.certification.steps import FieldKind, StepField
from certmark.domain.errors import InvalidRequest
from certmark.server import ids

LONGEST_TEXT, LONGEST_LINE, MOST_LINES = 20_000, 500, 500
_STEERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_YES, _NO = {"yes", "true", "on", "1"}, {"", "no", "false", "off", "0"}


class InvalidField(InvalidRequest):
    """What is told with a step must be told differently."""


def read_values(fields: Iterable[StepField], given: Mapping[str, object]) -> dict[str, Any]:
    """The values of a step, as JSON has them. Raises InvalidField."""
    known = {field.name: field for field in fields}
    strange = sorted(given.keys() - known.keys())
    if strange:
        there = f"it takes {', '.join(known)}" if known else "nothing is told with it"
        raise InvalidField(f"{strange[0][:60]!r} is not told with this; {there}")
    found = {name: _value(field, given.get(name)) for name, field in known.items()}
    return {name: value for name, value in found.items() if value is not None}


def _value(field: StepField, given: object) -> Any:
    if given is None or given in ("", []):
        if field.is_optional or field.kind is FieldKind.FLAG:
            return None
        raise InvalidField(f"{field.name} is missing: {field.label}")
    if field.kind is FieldKind.FLAG:
        return _flag(field, given)
    if field.kind in {FieldKind.TESTS, FieldKind.REGIONS}:
        return _lines(field, given)
    if not isinstance(given, str):
        raise InvalidField(f"{field.name} must be a text")
    return _text(field, given)


def _text(field: StepField, given: str) -> str:
    text = given.strip()
    longest = LONGEST_TEXT if field.kind is FieldKind.TEXT else LONGEST_LINE
    if not text or len(text) > longest:
        raise InvalidField(f"{field.name} must have 1 to {longest:,} characters")
    if _STEERS.search(text) or (field.kind is not FieldKind.TEXT and "\n" in text):
        raise InvalidField(f"{field.name} has characters that cannot be shown, or several lines")
    if field.kind is FieldKind.CHOICE and text not in field.choices:
        raise InvalidField(f"{field.name} must be one of: {', '.join(field.choices)}")
    if field.kind is FieldKind.DAY:
        return _day(field, text)
    if field.kind is FieldKind.RUN:
        return _run(field, text)
    return text


def _day(field: StepField, text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidField(f"{field.name} must be a day, as in 2026-11-29") from None


def _run(field: StepField, text: str) -> str:
    try:
        return ids.written(ids.read(text))
    except ValueError:
        raise InvalidField(f"{field.name} must be the id of a run") from None


def _flag(field: StepField, given: object) -> bool:
    word = given if isinstance(given, bool) else str(given).casefold()
    if word is True or word in _YES:
        return True
    if word is False or word in _NO:
        return False
    raise InvalidField(f"{field.name} must be yes or no")


def _lines(field: StepField, given: object) -> list[str]:
    lines = given.splitlines() if isinstance(given, str) else given
    if not isinstance(lines, list) or not all(isinstance(one, str) for one in lines) or len(lines) > MOST_LINES:
        raise InvalidField(f"{field.name} must be texts, one a line, at most {MOST_LINES}")
    found = [one.strip() for one in lines if one.strip()]
    if not found or any(len(one) > LONGEST_LINE or _STEERS.search(one) for one in found):
        raise InvalidField(f"{field.name} must have lines of 1 to {LONGEST_LINE} characters")
    return list(dict.fromkeys(found))


def check_text(name: str, text: object, longest: int = LONGEST_TEXT) -> None:
    """That somebody's text can be kept and shown. Raises InvalidField."""
    if not isinstance(text, str) or len(text) > longest or _STEERS.search(text):
        raise InvalidField(f"{name} must be a text of at most {longest:,} characters that can be shown")


def end_of_day(text: str) -> int:
    """The first microsecond after a day, UTC."""
    return int(end_of(dt.date.fromisoformat(text)).timestamp()) * 1_000_000
