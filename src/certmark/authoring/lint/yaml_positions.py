"""Where the values of a YAML text stand, found when somebody asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import yaml

from certmark.authoring.lint.positions import LineIndex, Spot, TextSpan
from certmark.authoring.lint.schemas import JsonPath

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where it is there
_PLACE = re.compile(r"line (\d+)(?:, column (\d+))?")


def locate_in_yaml(text: str, paths: Iterable[JsonPath]) -> dict[JsonPath, Spot]:
    """The spots of `paths` in `text`, which must be YAML that is read here; what is not there is left out."""
    lines = LineIndex(text)
    root = yaml.compose(text, Loader=_LOADER)
    spots: dict[JsonPath, Spot] = {}
    if root is None:
        return spots
    members: dict[int, dict[str | int, tuple[yaml.Node | None, yaml.Node]]] = {}
    for path in paths:
        key: yaml.Node | None = None
        node: yaml.Node = root
        for step in path:
            inside = members.setdefault(id(node), {}) or members[id(node)]
            if not inside:
                inside |= _members(node)
            if step not in inside:
                break
            key, node = inside[step]
        else:
            spots[path] = Spot(
                None if key is None else _span(key, lines), _span(node, lines), not isinstance(node, yaml.ScalarNode)
            )
    return spots


def _members(node: yaml.Node) -> dict[str | int, tuple[yaml.Node | None, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        return {key.value: (key, value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return {number: (None, value) for number, value in enumerate(node.value)}
    return {}


def _span(node: yaml.Node, lines: LineIndex) -> TextSpan:
    start, end = node.start_mark, node.end_mark
    return TextSpan(lines.offset(start.line, start.column), lines.offset(end.line, end.column))


def offset_of_error(text: str, message: str) -> int:
    """The place of which the reader's `message` speaks."""
    place = _PLACE.search(message)
    if place is None:
        return 0
    return min(len(text), LineIndex(text).offset(int(place[1]) - 1, int(place[2] or 1) - 1))
