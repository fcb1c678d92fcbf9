"""Where everything stands in a JSON or YAML text: a tree of spans."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from certmark.authoring.lint.positions import TextSpan
from certmark.authoring.lint.schemas import JsonPath
from certmark.formats.errors import InvalidGuideline


class Syntax(Enum):
    """The language of a text."""

    JSON = "JSON"
    YAML = "YAML"


class NodeKind(Enum):
    """What a value is made of."""

    SCALAR = "scalar"
    MAPPING = "mapping"
    LIST = "list"


class TextNode(NamedTuple):
    """A value and its place: from the first character up to, not including, the last."""

    start: int
    end: int
    """Right behind its last sign: no comment and no line end after it is part of it."""
    kind: NodeKind
    entries: tuple[TextEntry, ...] = ()
    is_flow: bool = True
    """Whether brackets hold its entries together, as always in JSON; else indentation does."""
    column: int = 0
    """Of its entries, where indentation holds them together."""
    is_open: bool = False
    """Whether line ends right behind it are part of it (YAML's `|+`)."""


class TextEntry(NamedTuple):
    """A key with its value, or an item of a list."""

    step: str | int
    key: TextSpan | None
    """Quotes included; None in lists."""
    start: int
    """Of its key, or its dash, else of the value."""
    value: TextNode


class CannotEdit(InvalidGuideline):
    """The text is sound, and written in a way that cannot be changed without changing more."""

    def __init__(self) -> None:
        super().__init__("it is written in a way that cannot be changed here without changing more; change it by hand")


class NotThere(LookupError):
    """Nothing stands at a path."""


def node_at(root: TextNode, path: JsonPath) -> TextNode:
    """The value at `path`. Raises NotThere."""
    node = root
    for step in path:
        node = entry_of(node, step).value
    return node


def entry_of(node: TextNode, step: str | int) -> TextEntry:
    """The entry of a mapping or list; of equal keys the last, as everywhere. Raises NotThere."""
    for entry in reversed(node.entries):
        if entry.step == step and type(entry.step) is type(step):
            return entry
    raise NotThere(step)


def walk(node: TextNode) -> Iterator[TextNode]:
    """`node` and everything in it."""
    yield node
    for entry in node.entries:
        yield from walk(entry.value)
