"""Python source, parsed once: definitions by where they stand, and expressions by their parts."""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Union

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]  # noqa: UP007 - an older Python of a suite knows no other
_FRAMEWORK = ("tempest.test", "tempest.lib", "unittest", "testtools", "fixtures", "builtins")
"""What every class does for its tests says nothing of one of them."""
_STANDARD = frozenset(getattr(sys, "stdlib_module_names", ()))


_Parsed = tuple[dict[int, Function], dict[str, ast.ClassDef]]


class Source:
    """Parsed files, and where a function or class stands in them."""

    def __init__(self) -> None:
        self._files: dict[str, _Parsed] = {}

    def function(self, function: Any) -> Function | None:
        """The definition of `function` under all its decorators; None where there is no source."""
        code = getattr(bare(function), "__code__", None)
        return None if code is None else self._parsed(code.co_filename)[0].get(code.co_firstlineno)

    def class_(self, class_: type) -> ast.ClassDef | None:
        """The definition of `class_`; None where there is no source."""
        path = getattr(module_of(class_), "__file__", None) or ""
        return self._parsed(path)[1].get(class_.__qualname__)

    def method(self, class_: type, name: str) -> Function | None:
        """The definition of the method that `class_` itself gives this name."""
        return self.function(vars(class_)[name]) if name in vars(class_) else None

    def _parsed(self, path: str) -> _Parsed:
        if path not in self._files:
            self._files[path] = _parse(path)
        return self._files[path]


def _parse(path: str) -> _Parsed:
    """Functions by the line on which they (or their first decorator) begin, classes by their dotted name."""
    functions: dict[int, Function] = {}
    classes: dict[str, ast.ClassDef] = {}
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, ValueError, SyntaxError, RecursionError):
        return functions, classes

    def visit(node: ast.AST, prefix: str) -> None:
        for child in inner_statements(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                functions[min([child.lineno, *(item.lineno for item in child.decorator_list)])] = child
                visit(child, f"{prefix}{child.name}.<locals>.")
            elif isinstance(child, ast.ClassDef):
                classes[prefix + child.name] = child
                visit(child, f"{prefix}{child.name}.")
            else:
                visit(child, prefix)

    visit(tree, "")
    return functions, classes


def inner_statements(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in the blocks of `node`, handlers and cases included; nothing inside of expressions."""
    for name in _BLOCKS:
        yield from getattr(node, name, ())


_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


def inner_nodes(node: ast.AST) -> list[ast.AST]:
    """The nodes right below `node`, in the order of the source: `ast.iter_child_nodes`, without its detours."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def bare(function: Any) -> Any:
    """The function itself: no class method, no decorator around it."""
    function = getattr(function, "__func__", function)
    if hasattr(function, "__wrapped__"):
        with contextlib.suppress(ValueError):
            function = inspect.unwrap(function)
    return getattr(function, "__func__", function)


def chain(node: ast.AST) -> list[str] | None:
    """`a.b.c` as its parts; a client's class that is called on the way stands for what it makes; else None."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name == "super":
                return ["super()", *reversed(parts)]
            if not name.endswith("Client"):
                return None
            node = node.func
        else:
            return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else None


def callee_of(node: ast.AST | None) -> str:
    """The last part of what a call calls, or of a dotted name; empty where it is neither."""
    if node is None:
        return ""
    return (chain(node.func if isinstance(node, ast.Call) else node) or [""])[-1]


@cache
def family(class_: type) -> list[type]:
    """The class and its bases that are of the suite, the class first."""
    return [base for base in class_.__mro__ if is_of_suite(base.__module__)]


@cache
def is_of_suite(module: str | None) -> bool:
    """Whether a module belongs to a suite: not to Python, not to a framework."""
    name = module or ""
    first = name.partition(".")[0]
    outside = any(name == word or name.startswith(f"{word}.") for word in _FRAMEWORK)
    return not outside and first not in _STANDARD and first in sys.modules


def module_of(class_: type) -> ModuleType | None:
    """The module in which a class stands."""
    return sys.modules.get(class_.__module__)


def unique(words: Iterable[str]) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(words))
