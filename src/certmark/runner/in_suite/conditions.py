"""Under which conditions a test is skipped, as they stand in the code.

`unless …` and `if …` of decorators and of `raise skipException` or `skipTest()` under an `if`, `bug …`
of `skip_because`, extensions, microversions. What a class's own constant attributes decide is
decided: a condition that cannot hold for the class is left out.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache

from .source import Function, Source, callee_of, family, inner_statements, unique

_STAGES = ("skip_checks", "setup_credentials", "setup_clients", "resource_setup", "setUp")
_MICROVERSIONS = ("min_microversion", "volume_min_microversion", "placement_min_microversion")
_LONGEST = 300


def conditions_of(node: Function | None, class_: type) -> list[str]:
    """When the function `node` skips tests of `class_`: by its decorators, then by what stands in it."""
    if node is None:
        return []
    raised = (condition for item in node.body for condition in _raised(item, [], class_)) if _skips(node) else ()
    return [*_decorated(node), *raised]


@cache
def _skips(node: Function) -> bool:
    """Whether a skip stands anywhere in `node`; most functions have none, and stages are asked for every class."""
    rest: list[ast.AST] = [*node.body]
    while rest:
        item = rest.pop()
        if _is_skip(item):
            return True
        rest += inner_statements(item)
    return False


def class_conditions(class_: type, source: Source) -> list[str]:
    """When `class_` skips all its tests."""
    bases = family(class_)
    definitions = [node for base in bases for node in [source.class_(base)] if node is not None]
    found = [condition for node in definitions for condition in _decorated(node)]
    for name in _MICROVERSIONS:
        version = getattr(class_, name, None)
        if isinstance(version, str):
            found.append(f"unless {name.replace('min_', '')} >= {version}")
    methods = [source.method(base, name) for base in bases for name in _STAGES]
    return unique([*found, *(condition for node in methods for condition in conditions_of(node, class_))])


def _decorated(node: Function | ast.ClassDef) -> Iterator[str]:
    for item in node.decorator_list:
        words = [_text(one) for one in item.args] if isinstance(item, ast.Call) else []
        keys = {key.arg: _text(key.value) for key in item.keywords if key.arg} if isinstance(item, ast.Call) else {}
        name = callee_of(item)
        if name in {"skipUnless", "skipIf"}:
            yield ("unless " if name == "skipUnless" else "if ") + (words or list(keys.values()) or ["?"])[0]
        elif name == "skip_because":
            yield f"bug {_word(keys, 'bug')}" + (f" if {keys['condition']}" if "condition" in keys else "")
        elif name == "requires_ext":
            yield f"unless {_word(keys, 'service')} extension {_word(keys, 'extension')}"
        elif name == "skip":
            yield f"always: {(words or ['no reason'])[0]}"


def _word(keys: dict[str, str], name: str) -> str:
    return keys.get(name, "?").strip("'\"")


def _raised(node: ast.AST, conditions: list[str], class_: type) -> Iterator[str]:
    """The conditions under which `raise …skipException` or `….skipTest()` stand in `node`."""
    if isinstance(node, ast.If):
        holds, test = _for_class(node.test, class_)
        for item in node.body if holds is not False else ():
            yield from _raised(item, conditions if holds else [*conditions, test], class_)
        for item in node.orelse if holds is not True else ():
            yield from _raised(item, conditions if holds is False else [*conditions, f"not ({test})"], class_)
    elif _is_skip(node):
        yield f"if {' and '.join(conditions)}"[:_LONGEST] if conditions else "always: in its code"
    else:
        for child in inner_statements(node):
            inner = [*conditions, "an error"] if isinstance(child, ast.ExceptHandler) else conditions
            yield from _raised(child, inner, class_)


def _is_skip(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return callee_of(node.exc) in {"skipException", "SkipTest"}
    return isinstance(node, ast.Expr) and callee_of(node.value) == "skipTest"


def _for_class(test: ast.expr, class_: type) -> tuple[bool | None, str]:
    """Whether `test` holds for `class_` (None: nobody can tell before a run), and what is left of it as text."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        parts = [_for_class(item, class_) for item in test.values]
        rest = [text for holds, text in parts if holds is None]
        if any(holds is False for holds, _ in parts):
            return False, ""
        return (None if rest else True), " and ".join(rest)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        holds, _ = _for_class(test.operand, class_)
        return (None if holds is None else not holds), _text(test)
    known, value = _value(test, class_)
    return (bool(value) if known else _compared(test, class_)), _text(test)


def _compared(test: ast.expr, class_: type) -> bool | None:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], (ast.Eq, ast.NotEq)):
        return None
    (left_known, left), (right_known, right) = _value(test.left, class_), _value(test.comparators[0], class_)
    return (left == right) is isinstance(test.ops[0], ast.Eq) if left_known and right_known else None


def _value(node: ast.expr, class_: type) -> tuple[bool, object]:
    """(True, the value) of a constant, and of an attribute that the class itself gives as one."""
    if isinstance(node, ast.Constant):
        return True, node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in {"cls", "self"}:
        value = inspect.getattr_static(class_, node.attr, _value)
        return isinstance(value, (bool, int, str)), value
    return False, None


@cache
def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:_LONGEST]
