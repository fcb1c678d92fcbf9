"""JSON documents from hostile hands: bytes to plain values and back, in their order.

Refused: what is not UTF-8, a key that stands twice (the document contradicts itself), numbers that
JSON does not have, nesting deeper than any guideline, halves of characters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from certmark.formats.errors import InvalidGuideline, excerpt

MAX_BYTES = 32 * 1024 * 1024
"""Of a guideline, unpacked."""
MAX_DEPTH = 60
"""Levels of nesting; real guidelines have eight."""
MAX_VALUES = 1_000_000
"""Values of all kinds; real guidelines have ten thousand."""


def decoded(data: bytes) -> str:
    """`data` as text. Raises InvalidGuideline."""
    if len(data) > MAX_BYTES:
        raise InvalidGuideline(f"it is larger than {MAX_BYTES // 1024 // 1024} MiB; no guideline is")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf_8(data, error.start) from error


class RepeatedKey(InvalidGuideline):
    """The document contradicts itself; what comes after the second key has not been read."""


class NotInUtf8(InvalidGuideline):
    """The file must be saved in another encoding, or it is no text at all."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        """`line` and `column` are where it stops being UTF-8."""
        super().__init__(message)
        self.line = line
        self.column = column


_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def _not_utf_8(data: bytes, offset: int) -> NotInUtf8:
    if data.startswith(b"\x1f\x8b"):
        return NotInUtf8("it is not text in UTF-8 but packed with gzip; unpack it first")
    encoding = _OTHER_ENCODINGS.get(data[:2])
    if encoding is not None:
        return NotInUtf8(f"it is not text in UTF-8 but in {encoding}; save it in UTF-8")
    if b"\0" in data[:1024]:
        return NotInUtf8("it is not text in UTF-8: it has bytes that no text has; name a guideline")
    before = data[data.rfind(b"\n", 0, offset) + 1 : offset].decode("utf-8", "replace")
    line, column = data.count(b"\n", 0, offset) + 1, len(before.removeprefix("\ufeff")) + 1
    where = f"byte 0x{data[offset]:02X} in line {line}, column {column}"
    letter = data[offset : offset + 1].decode("latin-1")
    guess = f", in Latin-1 {letter}" if letter.isalpha() else ""
    return NotInUtf8(f"it is not text in UTF-8 ({where}{guess}); save the file in UTF-8", line, column)


def parsed(text: str, repeated: list[str] | None = None) -> Any:
    """The values of a JSON text. Raises InvalidGuideline, which says where the text is wrong.

    Where a list is given for keys that are `repeated` in one object, they are put into it and the last value of each
    counts, as in RefStack; else they are refused.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return _without_duplicates(pairs, repeated)

    if text.count(",") + text.count("{") + text.count("[") > MAX_VALUES:
        raise InvalidGuideline(f"it has more than {MAX_VALUES:,} values; no guideline has")
    try:
        content = json.loads(text, object_pairs_hook=members, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise InvalidGuideline(_not_json(text, error)) from error
    except RecursionError as error:
        raise InvalidGuideline(_TOO_DEEP) from error
    except InvalidGuideline:
        raise
    except ValueError as error:
        raise InvalidGuideline("it has a number of absurd length") from error
    _refuse_depth(content)
    if "\\u" in text:
        refuse_half_characters(content)
    return content


def _not_json(text: str, error: json.JSONDecodeError) -> str:
    """The first thing that is wrong, and where."""
    from certmark.formats.documents.json_faults import TextFault, faults_of  # its patterns, for broken texts only

    fault = next(iter(faults_of(text)), TextFault(error.pos, error.msg))
    line = text.count("\n", 0, fault.offset) + 1
    column = fault.offset - text.rfind("\n", 0, fault.offset)
    return f"it is not JSON: {fault.message} (line {line}, column {column})"


def encoded(content: Mapping[str, Any]) -> bytes:
    """`content` as a JSON file: indent of four, characters as they are, a last newline."""
    return (json.dumps(content, indent=4, ensure_ascii=False) + "\n").encode()


def kind_of(value: object) -> str:
    """What JSON calls the kind of `value`, for messages."""
    if value is None:
        return "null"
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (str, "a text"),
        (dict, "an object"),
        (list, "a list"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "a number")


_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels; no guideline is"


def _without_duplicates(pairs: list[tuple[str, Any]], repeated: list[str] | None) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen and repeated is not None:
                repeated.append(key)
            elif key in seen:
                raise RepeatedKey(f"the key {excerpt(key)} stands twice in one object; remove the wrong one")
            seen.add(key)
    return content


def _refuse_constant(word: str) -> NoReturn:
    raise InvalidGuideline(f"it is not JSON: {word} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise InvalidGuideline(f"the number {excerpt(text)} is too large")
    return number


def _refuse_depth(content: object) -> None:
    level = [content]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for value in level:
            if type(value) is dict:
                below += [child for child in value.values() if type(child) in _CONTAINERS]
            elif type(value) is list:
                below += [child for child in value if type(child) in _CONTAINERS]
        if not below:
            return
        level = below
    raise InvalidGuideline(_TOO_DEEP)


_CONTAINERS = (dict, list)


def refuse_half_characters(content: object) -> None:
    """Raises InvalidGuideline where a text of `content` cannot be written in UTF-8."""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidGuideline("a text in it has half of a character (a lone \\ud800 to \\udfff)") from error
