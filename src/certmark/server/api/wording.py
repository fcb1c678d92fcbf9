"""What the library that checks values says, in plain English: nobody who asks knows its types and patterns."""

from __future__ import annotations

import re
from collections.abc import Callable

from certmark.server.api.bodies import DIGEST_PATTERN, ID_PATTERN, WORD_PATTERN

_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "datetime": "a moment like 2026-11-30T12:00:00Z",
    "date": "a day like 2026-11-30",
}
_FORMS = {
    ID_PATTERN: "an id as this server writes them, like 01a22378-0009-737a-9629-c1bee3400d61",
    WORD_PATTERN: "one line of text without control characters",
    DIGEST_PATTERN: "a SHA-256 as 64 digits, 0 to 9 and a to f",
}
_BOUNDS = {">=": "at least", "<=": "at most"}


def _kind(found: re.Match[str]) -> str:
    kinds = [_KINDS.get(one, "something else") for one in found[1].split(" | ") if one != "null"]
    return f"must be {' or '.join(kinds)}"


def _length(found: re.Match[str]) -> str:
    return f"must have {_BOUNDS[found[1]]} {int(found[2]):,} character{'' if found[2] == '1' else 's'}"


_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), worded)
    for pattern, worded in (
        (r"Expected `str` matching regex '(.*)'", lambda found: f"must be {_form(found[1])}"),
        (r"Expected `str` of length (>=|<=) (\d+)", _length),
        (r"Expected `\w+` (>=|<=) (-?\d+)", lambda found: f"must be {_BOUNDS[found[1]]} {int(found[2]):,}"),
        (
            r"Expected `datetime`.*|Invalid RFC3339 encoded datetime",
            lambda _: "must be a moment like 2026-11-30T12:00:00Z",
        ),
        (r"Invalid RFC3339 encoded date", lambda _: "must be a day like 2026-11-30"),
        (r"Expected `([^`]*)`.*", _kind),
        (r"Invalid enum value (.*)", lambda found: f"has no such value as {found[1]}"),
        (r"Object missing required field `(.*)`", lambda found: f"{found[1]} is missing"),
        (r"Object contains unknown field `(.*)`", lambda found: f"there is no field {found[1]}"),
        (r"Integer value out of range|.*out of range ?", lambda _: "is a number that is too large or too small"),
        (r"Input data was truncated", lambda _: "the JSON ends too early"),
        (r"maximum recursion depth.*", lambda _: "lists and objects are nested too deep"),
    )
)


def _form(pattern: str) -> str:
    known = {repr(one)[1:-1]: words for one, words in _FORMS.items()}
    return known.get(pattern, "written as the reference of the API says")


def in_plain_words(sentence: str) -> str:
    """The same in words that need no knowledge of the library; what is not known stays as it is."""
    for pattern, worded in _SENTENCES:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return worded(found)
    return sentence
