"""The one engine that changes the text of a document: operations in, the new text out.

1. Every byte stays that no operation means: comments, order, indentation, line ends, a mark of byte order.
2. A text comes out only if it reads as the old one after the same operations on its values; else nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from certmark.authoring.edits.operations import EditOperation, apply
from certmark.authoring.edits.rendering import style_of
from certmark.authoring.edits.splices import OpenedText, Splice, splice, splices_of
from certmark.authoring.edits.trees import CannotEdit, Syntax, TextNode, tree_of
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
    except (LookupError, TypeError, ValueError) as error:
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


class _Batch(NamedTuple):
    """Operations whose characters do not touch each other, so that one tree serves them all."""

    splices: list[Splice]
    taken: list[TextNode]

    def is_free(self, node: TextNode) -> bool:
        return all(node.end < other.start or other.end < node.start for other in self.taken)


def _edited(text: str, syntax: Syntax, document: Any, operations: Iterable[EditOperation]) -> str:
    opened = _open(text, syntax, document)
    batch = _Batch([], [])
    done: list[EditOperation] = []
    for one in operations:
        change, node = _change(opened, one)
        if change is None or node is None or not batch.is_free(node):
            text = splice(text, batch.splices)
            document, done = apply(document, done), []
            opened, batch = _open(text, syntax, document), _Batch([], [])
            change, node = splices_of(opened, one)
        batch.splices.append(change)
        batch.taken.append(node)
        done.append(one)
    return splice(text, batch.splices)


def _change(opened: OpenedText, one: EditOperation) -> tuple[Splice | None, TextNode | None]:
    """None: it means what earlier operations of the batch make."""
    try:
        return splices_of(opened, one)
    except (LookupError, ValueError):
        return None, None


def _open(text: str, syntax: Syntax, document: Any) -> OpenedText:
    root = tree_of(text, syntax)
    return OpenedText(text, document, root, style_of(text, root, syntax))
