"""The dotted things that stand in a body, called, handed on or given to a name, and the clients among them."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import NamedTuple

from .source import Function, chain, inner_nodes

_CLIENT = re.compile(r"(?:^|_)client(?:_|$)|[a-z]Client$")
_NO_SERVICE = re.compile(r"remote_?client|linux_client|ssh_client|client_manager", re.IGNORECASE)
"""Clients of a guest's shell, and what makes clients."""


class Mention(NamedTuple):
    """Something dotted that stands in a body."""

    parts: list[str]
    is_called: bool = False
    call: ast.Call | None = None
    target: str = ""
    """The local name to which it is given, where it is."""


def mentions_in(node: Function) -> list[Mention]:
    """What stands in the body of `node`, in the order of the source."""
    found: list[Mention] = []
    for statement in node.body:
        _put(statement, found)
    return found


def _put(node: ast.AST, found: list[Mention]) -> None:
    """Put the dotted things that stand in `node` at the end of `found`, in the order of the source."""
    kind = type(node)
    if kind in _LEAVES:
        return
    if isinstance(node, ast.Call):
        _put_call(node, found)
    elif isinstance(node, ast.Attribute):
        _put(node.value, found)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        _put(node.value, found)
        parts = chain(_likeliest(node.value))
        if parts:
            found.append(Mention(parts, target=node.targets[0].id))
    else:
        for child in inner_nodes(node):
            _put(child, found)


_LEAVES = frozenset((ast.Name, ast.Constant, ast.Pass, ast.Import, ast.ImportFrom, ast.Global))


def _put_call(node: ast.Call, found: list[Mention]) -> None:
    parts = chain(node.func)
    if parts:
        found.append(Mention(parts, is_called=True, call=node))
    else:
        _put(node.func, found)
    for argument in [*node.args, *[keyword.value for keyword in node.keywords]]:
        handed = chain(argument)
        if handed:
            found.append(Mention(handed))
        if not handed or isinstance(argument, ast.Call):
            _put(argument, found)


def _likeliest(node: ast.expr) -> ast.expr:
    """What a name stands for after `a if … else b` or `given or a`."""
    if isinstance(node, ast.IfExp):
        return node.body if chain(node.body) else node.orelse
    return node.values[-1] if isinstance(node, ast.BoolOp) else node


def client_in(parts: list[str], env: dict[str, str], aliases: dict[str, str]) -> tuple[str, list[str]]:
    """The client among `parts` and what is asked of it; no client and the parts where there is none."""
    first = parts[0]
    if first in env:
        parts = [env[first], *parts[1:]]
    elif first in _SELVES:
        parts = parts[1:]
        if parts and parts[0] in aliases:
            parts = [aliases[parts[0]], *parts[1:]]
    for place in range(len(parts) - 1, -1, -1):
        if _is_client(parts[place]):
            return _snake(parts[place]), parts[place + 1 :]
    return "", parts


_SELVES = frozenset(("self", "cls"))


@cache
def _is_client(word: str) -> bool:
    return bool(_CLIENT.search(word)) and not _NO_SERVICE.search(word)


@cache
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() if name[:1].isupper() else name
