"""From an operation to the characters that it changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from certmark.authoring.edits.operations import (
    AddItem,
    EditOperation,
    InsertKey,
    RemoveItem,
    RemoveKey,
    RenameKey,
    SetValue,
    place_of_item,
    place_of_key,
    value_at,
)
from certmark.authoring.edits.rendering import TextStyle
from certmark.authoring.edits.trees import NodeKind, TextEntry, TextNode, entry_of, node_at


class Splice(NamedTuple):
    """Characters of a text to be written anew."""

    start: int
    end: int
    new: str


class OpenedText(NamedTuple):
    """A text with all that an operation asks of it."""

    text: str
    document: Any
    root: TextNode
    style: TextStyle

    def line_start(self, position: int) -> int:
        """Where the line of `position` begins."""
        return self.text.rfind("\n", 0, position) + 1

    def line_end(self, position: int) -> int:
        """Where the line of `position` ends, before its line end."""
        end = self.text.find("\n", position)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > position and self.text[end - 1] == "\r" else end

    def indentation(self, position: int) -> str:
        """Of the line of `position`."""
        match = re.compile(r"[ \t]*").match(self.text, self.line_start(position))
        return match[0] if match is not None else ""


def splice(text: str, splices: Iterable[Splice]) -> str:
    """`text` with all of `splices`; of two that touch the same characters the first in the text is done."""
    parts: list[str] = []
    end = 0
    for one in sorted(splices, key=lambda one: one.start):
        if one.start >= end:
            parts += (text[end : one.start], one.new)
            end = one.end
    return "".join((*parts, text[end:]))


def splices_of(opened: OpenedText, one: EditOperation) -> tuple[Splice, TextNode]:
    """The characters that `one` changes, and the node that has them all. Raises LookupError, NotThere among them."""
    match one:
        case SetValue(path, value):
            holder = node_at(opened.root, path[:-1])
            entry = entry_of(holder, path[-1]) if path else None
            return _set(opened, holder, entry, value), holder
        case RenameKey(path, new):
            holder = node_at(opened.root, path[:-1])
            key = entry_of(holder, path[-1]).key
            if key is None:
                raise LookupError(path)
            quoted = opened.text[key.start] == '"'
            return Splice(key.start, key.end, opened.style.scalar(new, quoted=quoted)), holder
        case InsertKey(path, key, value):
            holder = _of_kind(opened.root, path, NodeKind.MAPPING)
            place = place_of_key([str(entry.step) for entry in holder.entries], key, one.order)
            return _insert(opened, _parent(opened.root, path), holder, place, (key, value)), holder
        case AddItem(path, value):
            holder = _of_kind(opened.root, path, NodeKind.LIST)
            place = place_of_item(value_at(opened.document, path), value)
            return _insert(opened, _parent(opened.root, path), holder, place, (None, value)), holder
        case RemoveKey(path):
            holder = node_at(opened.root, path[:-1])
            number = holder.entries.index(entry_of(holder, path[-1]))
            return _remove(opened, _parent(opened.root, path[:-1]), holder, number), holder
        case RemoveItem(path, value):
            holder = _of_kind(opened.root, path, NodeKind.LIST)
            number = value_at(opened.document, path).index(value)
            return _remove(opened, _parent(opened.root, path), holder, number), holder


_Parent = tuple[TextNode, TextEntry] | None


def _of_kind(root: TextNode, path: tuple[str | int, ...], kind: NodeKind) -> TextNode:
    node = node_at(root, path)
    if node.kind is not kind:
        raise LookupError(path)
    return node


def _parent(root: TextNode, path: tuple[str | int, ...]) -> _Parent:
    if not path:
        return None
    holder = node_at(root, path[:-1])
    return holder, entry_of(holder, path[-1])


def _set(opened: OpenedText, holder: TextNode, entry: TextEntry | None, value: Any) -> Splice:
    if entry is None:
        node = opened.root
        new = opened.style.flow(value, "") if node.is_flow else opened.style.block(value, 0).lstrip("\r\n ")
        return Splice(node.start, node.end, new)
    node, is_scalar = entry.value, not isinstance(value, dict | list)
    if holder.is_flow or (node.entries and node.is_flow and value and not is_scalar):
        return Splice(node.start, node.end, _style_of(opened, node).flow(value, opened.indentation(node.start)))
    if is_scalar and node.kind is NodeKind.SCALAR and not node.is_open and node.end > node.start:
        return Splice(node.start, node.end, opened.style.again(value, opened.text[node.start : node.end]))
    colon = entry.start + 1 if entry.key is None else opened.text.index(":", entry.key.end) + 1
    render = opened.style.item if entry.key is None else opened.style.block
    between = opened.text[colon : node.start].rstrip()
    new = render(value, holder.column)
    return Splice(colon, node.end, new + between if is_scalar or not value else between + new)


def _style_of(opened: OpenedText, node: TextNode) -> TextStyle:
    """What is in one line stays in one."""
    is_line = bool(node.entries) and "\n" not in opened.text[node.start : node.end]
    return opened.style._replace(is_broken=False) if is_line else opened.style


def _insert(opened: OpenedText, parent: _Parent, holder: TextNode, place: int, new: tuple[str | None, Any]) -> Splice:
    if not holder.entries:
        key, value = new
        return _fill(opened, parent, holder, [value] if key is None else {key: value})
    return (_insert_in_flow if holder.is_flow else _insert_in_block)(opened, holder, place, new)


def _fill(opened: OpenedText, parent: _Parent, holder: TextNode, value: Any) -> Splice:
    """The first entry of a collection, which has brackets."""
    if parent is None:
        return _set(opened, holder, None, value)
    return _set(opened, *parent, value)


def _insert_in_flow(opened: OpenedText, holder: TextNode, place: int, new: tuple[str | None, Any]) -> Splice:
    at_end = place == len(holder.entries)
    beside = holder.entries[-1 if at_end else place]
    before = holder.entries[holder.entries.index(beside) - 1].value.end if beside is not holder.entries[0] else None
    gap = opened.text[holder.start + 1 if before is None else before : beside.start].lstrip(",")
    is_broken = "\n" in gap
    lead = f"{opened.style.newline}{opened.indentation(beside.start)}" if is_broken else gap.replace(",", "") or " "
    key, value = new
    indent = opened.indentation(beside.start)
    rendered = opened.style.flow(value, indent)
    if not is_broken and opened.style.is_broken and isinstance(value, dict | list):
        rendered = opened.style._replace(is_broken=False).flow(value, indent)
    if key is not None:
        rendered = f"{opened.style.between_brackets(key)}: {rendered}"
    if at_end:
        return Splice(beside.value.end, beside.value.end, f",{lead}{rendered}")
    return Splice(beside.start, beside.start, f"{rendered},{lead}")


def _insert_in_block(opened: OpenedText, holder: TextNode, place: int, new: tuple[str | None, Any]) -> Splice:
    key, value = new
    style, column = opened.style, holder.column
    rendered = f"-{style.item(value, column)}" if key is None else style.entry(key, value, column)
    margin = " " * column
    if place < len(holder.entries):
        start = holder.entries[place].start
        return Splice(start, start, f"{rendered}{style.newline}{margin}")
    if holder.is_open:
        return Splice(holder.end, holder.end, f"{margin}{rendered}{style.newline}")
    end = opened.line_end(holder.end)
    return Splice(end, end, f"{style.newline}{margin}{rendered}")


def _remove(opened: OpenedText, parent: _Parent, holder: TextNode, number: int) -> Splice:
    if len(holder.entries) == 1:
        empty: Any = {} if holder.kind is NodeKind.MAPPING else []
        if holder.is_flow:
            return Splice(holder.start + 1, holder.end - 1, "")
        return _fill(opened, parent, holder, empty)
    return (_remove_from_flow if holder.is_flow else _remove_from_block)(opened, holder, number)


def _remove_from_flow(_: OpenedText, holder: TextNode, number: int) -> Splice:
    entry = holder.entries[number]
    if number == len(holder.entries) - 1:
        return Splice(holder.entries[number - 1].value.end, entry.value.end, "")
    return Splice(entry.start, holder.entries[number + 1].start, "")


def _remove_from_block(opened: OpenedText, holder: TextNode, number: int) -> Splice:
    entry = holder.entries[number]
    begin = opened.line_start(entry.start)
    if opened.text[begin : entry.start].strip(" "):  # its line begins with what holds it: `- name: x`
        return Splice(entry.start, holder.entries[number + 1].start, "")
    end = entry.value.end if entry.value.is_open else opened.text.find("\n", max(entry.value.end, entry.start)) + 1
    if end:
        return Splice(begin, end, "")
    return Splice(max(0, begin - len(opened.style.newline)), len(opened.text), "")
