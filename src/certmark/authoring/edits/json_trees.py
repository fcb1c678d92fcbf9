"""The tree of a JSON text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certmark.authoring.edits.trees import NodeKind, TextEntry, TextNode
from certmark.authoring.lint.positions import TOKEN, TextSpan, decoded


def json_tree(text: str) -> TextNode:
    """The tree of `text`, which must be JSON."""
    tokens = TOKEN.finditer(text)
    return _value(next(tokens), tokens)


def _value(first: re.Match[str], tokens: Iterator[re.Match[str]]) -> TextNode:
    match first.group():
        case "{":
            entries, end = _entries(tokens)
            return TextNode(first.start(), end, NodeKind.MAPPING, entries)
        case "[":
            entries, end = _items(tokens)
            return TextNode(first.start(), end, NodeKind.LIST, entries)
        case _:
            return TextNode(first.start(), first.end(), NodeKind.SCALAR)


def _entries(tokens: Iterator[re.Match[str]]) -> tuple[tuple[TextEntry, ...], int]:
    found: list[TextEntry] = []
    for token in tokens:
        if token.group() == "}":
            return tuple(found), token.end()
        if token.group() == ",":
            continue
        next(tokens)  # the colon
        value = _value(next(tokens), tokens)
        found.append(TextEntry(decoded(token.group()), TextSpan(*token.span()), token.start(), value))
    raise AssertionError("the text was read before")


def _items(tokens: Iterator[re.Match[str]]) -> tuple[tuple[TextEntry, ...], int]:
    found: list[TextEntry] = []
    for token in tokens:
        if token.group() == "]":
            return tuple(found), token.end()
        if token.group() != ",":
            found.append(TextEntry(len(found), None, token.start(), _value(token, tokens)))
    raise AssertionError("the text was read before")
