"""The one engine that changes the text of a document: operations in, the new text out.

1. Every byte stays that no operation means: comments, order, indentation, line ends, a mark of byte order.
2. A text comes out only if it reads as the old one after the same operations on its values; else nothing does.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from certmark.authoring.edits.operations import EditOperation, apply
from certmark.authoring.edits.rendering import style_of
from certmark.authoring.edits.splices import OpenedText, Splice, splice, splices_of
from certmark.authoring.edits.trees import CannotEdit, Syntax, TextNode
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.document import parsed


def parse_text(text: str, syntax: Syntax) -> Any:
    """The values of a text. Raises InvalidGuideline."""
    if syntax is Syntax.JSON:
        return parsed(text)
    from certmark.formats.guideline import yaml_text

    return yaml_text.parsed(text)


def edit(text: str, syntax: Syntax, operations: Sequence[EditOperation]) -> str:
    """`text` after `operations`, one after the other. Raises InvalidGuideline, CannotEdit among them.

    An operation that means what is not there is refused as well.
    """
    document = parse_text(text, syntax)
    try:
        expected = apply(document, operations)
        changed = _edited(text, syntax, document, operations)
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # the document has something else there
        if isinstance(error, InvalidGuideline):
            raise
        raise InvalidGuideline(
            "what is to be changed does not stand where it should; mend misspelt keys first"
        ) from error
    if changed != text:
        _check(changed, syntax, expected)
    return changed


def _check(changed: str, syntax: Syntax, expected: Any) -> None:
    try:
        found = parse_text(changed, syntax)
    except InvalidGuideline as error:
        raise CannotEdit from error
    if found != expected:
        raise CannotEdit


class _Taken:
    """The parts of a text that operations of a round have to themselves, none touching another."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def take(self, node: TextNode) -> bool:
        """Take the part of `node`, with whatever touches it; whether it was free."""
        first = bisect_left(self._ends, node.start)
        last = bisect_right(self._starts, node.end)
        start = min(node.start, self._starts[first]) if first < last else node.start
        end = max(node.end, self._ends[last - 1]) if first < last else node.end
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]
        return first >= last


def _edited(text: str, syntax: Syntax, document: Any, operations: Iterable[EditOperation]) -> str:
    """In rounds: what touches no part of another before it is done with one tree, in the order that is given."""
    left = list(operations)
    while left:
        opened, taken = _open(text, syntax, document), _Taken()
        splices: list[Splice] = []
        done: list[EditOperation] = []
        later: list[EditOperation] = []
        for number, one in enumerate(left):
            try:
                change, node = splices_of(opened, one)
            except (LookupError, ValueError):
                if not done:
                    raise
                later += left[number:]  # it means what the operations before it make
                break
            if taken.take(node):
                splices.append(change)
                done.append(one)
            else:
                later.append(one)
        text, document, left = splice(text, splices), apply(document, done), later
    return text


def _open(text: str, syntax: Syntax, document: Any) -> OpenedText:
    root = tree_of(text, syntax)
    return OpenedText(text, document, root, style_of(text, root, syntax))


def tree_of(text: str, syntax: Syntax) -> TextNode:
    """The tree of a text that was read before: it is sound, and not nested too deep."""
    if syntax is Syntax.JSON:
        from certmark.authoring.edits.json_trees import json_tree

        return json_tree(text)
    from certmark.authoring.edits.yaml_trees import yaml_tree

    return yaml_tree(text)
