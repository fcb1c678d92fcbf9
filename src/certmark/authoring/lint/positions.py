"""Where the values of a JSON text stand, found when somebody asks for them.

`json` does not tell, so the text is scanned once more, by one regular expression and without
recursion; only what is asked for is followed.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from certmark.authoring.lint.schemas import JsonPath

TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
"""A part of a JSON text that has a meaning of its own."""
_BRACKET = re.compile(r'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([{}\[\]])')
_OPEN, _CLOSE = "{[", "}]"


class TextSpan(NamedTuple):
    """A part of a text: from the first character up to, not including, the last."""

    start: int
    end: int


class Spot(NamedTuple):
    """Where a value stands."""

    key: TextSpan | None
    """Of its key, quotes included; None for items of lists and the whole document."""
    value: TextSpan
    is_block: bool = False
    """Whether it is a mapping or a list of YAML, which begins with no sign of its own."""


def locate(text: str, paths: Iterable[JsonPath]) -> dict[JsonPath, Spot]:
    """The spots of `paths` in `text`, which must be JSON; what is not there is left out.

    Where a key stands twice in one object the last counts, as in `json`.
    """
    wanted: dict[Any, Any] = {}
    for path in paths:
        node = wanted
        for step in path:
            node = node.setdefault(step, {})
        node[_HERE] = path
    spots: dict[JsonPath, Spot] = {}
    _Scanner(text, spots).value(wanted)
    return spots


_HERE = object()
"""The key of a path in the tree of wanted ones; no step is equal to it."""


class _Scanner:
    """One walk through a text; the depth is that of the wanted paths, never that of the text."""

    def __init__(self, text: str, spots: dict[JsonPath, Spot]) -> None:
        self.spots = spots
        self.text = text
        self.tokens = TOKEN.finditer(text)

    def value(self, wanted: dict[Any, Any], key: TextSpan | None = None, first: re.Match[str] | None = None) -> None:
        """Read one value, noting what is wanted in it."""
        begin = first or next(self.tokens)
        sign = begin.group()
        end = begin.end()
        if sign in _OPEN:
            following = any(step is not _HERE for step in wanted)
            end = (self._object if sign == "{" else self._list)(wanted) if following else self._skip(end)
        if _HERE in wanted:
            self.spots[wanted[_HERE]] = Spot(key, TextSpan(begin.start(), end))

    def _skip(self, end: int) -> int:
        """The end of what was opened just before `end`; the tokens go on from there."""
        depth = 1
        while depth and (bracket := _BRACKET.match(self.text, end)) is not None:
            end = bracket.end()
            depth += 1 if bracket[1] in _OPEN else -1
        self.tokens = TOKEN.finditer(self.text, end)
        return end

    def _object(self, wanted: dict[Any, Any]) -> int:
        while (token := next(self.tokens, None)) is not None:
            sign = token.group()
            if sign == "}":
                return token.end()
            if sign == ",":
                continue
            next(self.tokens)  # the colon
            self.value(wanted.get(decoded(sign), _NOTHING), TextSpan(token.start(), token.end()))
        return 0

    def _list(self, wanted: dict[Any, Any]) -> int:
        number = 0
        while (token := next(self.tokens, None)) is not None:
            sign = token.group()
            if sign == "]":
                return token.end()
            if sign == ",":
                continue
            self.value(wanted.get(number, _NOTHING), None, token)
            number += 1
        return 0


_NOTHING: dict[Any, Any] = {}


def decoded(token: str) -> str:
    """The text that a string of JSON stands for."""
    return str(json.loads(token, strict=False)) if "\\" in token else token[1:-1]


class Repeated(NamedTuple):
    """A key that stands a second time in one object."""

    path: JsonPath
    start: int


def repeated_keys(text: str) -> Iterator[Repeated]:
    """Every key of `text`, which must be JSON, that its object already had."""
    frames: list[tuple[set[str] | None, list[str | int]]] = []
    path: list[str | int] = []
    before = ""
    for token in TOKEN.finditer(text):
        sign = token.group()
        if sign in _OPEN:
            frames.append((set() if sign == "{" else None, path))
            path = [*path, 0]
        elif sign in _CLOSE:
            path = frames.pop()[1]
        elif sign == ",":
            if frames[-1][0] is None and isinstance(path[-1], int):
                path[-1] += 1
        elif sign[0] == '"' and before in "{," and frames and (seen := frames[-1][0]) is not None:
            path[-1] = decoded(sign)
            if path[-1] in seen:
                yield Repeated(tuple(path), token.start())
            seen.add(str(path[-1]))
        before = sign


class LineIndex:
    """Offsets of a text as lines and columns, both from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and a column, both from 0."""
        return self._starts[min(line, len(self._starts) - 1)] + column

    def at(self, offset: int) -> tuple[int, int]:
        """The line and the column of the character at `offset`."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
