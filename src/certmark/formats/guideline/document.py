"""JSON documents from hostile hands: bytes to plain values and back, in their order.

Refused: what is not UTF-8, a key that stands twice (the document contradicts itself), numbers that
JSON does not have, nesting deeper than any guideline, halves of characters.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from certmark.formats.errors import InvalidGuideline, RepeatedKey, excerpt

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
        raise InvalidGuideline(f"it is not text in UTF-8 (byte {error.start}); name a guideline") from error


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
        raise InvalidGuideline(f"it is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
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
