"""The tree of a YAML text, from the marks of PyYAML's nodes.

A mark at the end of what indentation holds together lies behind comments and empty lines; the end of the last
value in it is taken instead.
"""

from __future__ import annotations

import re

import yaml

from certmark.authoring.edits.trees import CannotEdit, NodeKind, TextEntry, TextNode
from certmark.authoring.lint.positions import TextSpan

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where it is there


def yaml_tree(text: str) -> TextNode:
    """The tree of `text`, which must be YAML with one document. Raises CannotEdit for keys behind `?`."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:  # an edit before made it so
        raise CannotEdit from error
    if root is None:
        raise CannotEdit
    return _node(root, text)


def _node(node: yaml.Node, text: str) -> TextNode:
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.MappingNode):
        pairs = tuple(_entry(key, value, text) for key, value in node.value)
        return _collection(node, NodeKind.MAPPING, pairs)
    if isinstance(node, yaml.SequenceNode):
        return _collection(node, NodeKind.LIST, _items(node, text))
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        is_open = "+" in text[start : text.find("\n", start)]
        return TextNode(start, end if is_open else len(text[:end].rstrip("\r\n ")), NodeKind.SCALAR, is_open=is_open)
    return TextNode(start, end, NodeKind.SCALAR)


def _entry(key: yaml.Node, value: yaml.Node, text: str) -> TextEntry:
    span = TextSpan(key.start_mark.index, key.end_mark.index)
    return TextEntry(str(key.value), span, span.start, _node(value, text))


def _items(node: yaml.SequenceNode, text: str) -> tuple[TextEntry, ...]:
    found: list[TextEntry] = []
    position = node.start_mark.index
    dash = re.compile(rf"^ {{{node.start_mark.column}}}-(?=\s|\Z)", re.MULTILINE)
    for number, item in enumerate(node.value):
        value = _node(item, text)
        start = value.start
        if not node.flow_style:
            match = dash.search(text, position) if number else None
            start = position if match is None else match.end() - 1
        found.append(TextEntry(number, None, start, value))
        position = max(value.end, start + 1)
    return tuple(found)


def _collection(node: yaml.CollectionNode, kind: NodeKind, entries: tuple[TextEntry, ...]) -> TextNode:
    start, end = node.start_mark.index, node.end_mark.index
    if node.flow_style or not entries:
        return TextNode(start, end, kind, entries)
    last = entries[-1].value
    column = node.start_mark.column
    if kind is NodeKind.MAPPING and any(key.start_mark.column != column for key, _ in node.value):
        raise CannotEdit
    end = max(last.end, entries[-1].start + 1 if kind is NodeKind.LIST else last.end)
    return TextNode(start, end, kind, entries, is_flow=False, column=column, is_open=last.is_open)
