"""Small faults put into source code, one at a time: what `tests/mutants.py` lets the tests find."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Mutant(NamedTuple):
    """One fault in one module."""

    path: str
    """The module, from the room's folder on: `domain/verdicts.py`."""
    line: int
    start: int
    """Where the replaced text begins and ends, in bytes of the file."""
    end: int
    text: str
    """What stands there instead."""
    was: str
    """The source from the first to the last line of the fault, blanks run together."""
    now: str
    """The same with the fault."""
    runs: range | None
    """The lines of the innermost statement around it; None: it runs when the module is imported."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when the module moves to another room or its lines move."""
        return Path(self.path).name, self.was, self.now

    def applied(self, source: bytes) -> bytes:
        """`source` with the fault."""
        return source[: self.start] + self.text.encode() + source[self.end :]


_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
}  # fmt: skip
_PLAIN = ast.Name | ast.Call | ast.Attribute | ast.Subscript
"""Conditions that have no operator of their own to turn around."""
_TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_TIDYING = {"strip", "lstrip", "rstrip", "lower", "upper", "casefold"}


def mutants_of(path: str, source: bytes) -> list[Mutant]:
    """Every fault that can be put into the module, in the order of its lines."""
    starts = [0]
    for row in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    found = {}
    for node, text, runs in _faults(ast.parse(source)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        rows = slice(starts[node.lineno - 1], starts[node.end_lineno or node.lineno])
        was, now = source[rows], source[rows.start : start] + text.encode() + source[end : rows.stop]
        mutant = Mutant(path, node.lineno, start, end, text, _in_one_line(was), _in_one_line(now), runs)
        if mutant.was != mutant.now:
            found[start, end, text] = mutant
    return [found[key] for key in sorted(found)]


def _in_one_line(source: bytes) -> str:
    return " ".join(source.decode().split())


_Node = ast.expr | ast.stmt
"""What has a place in the source."""


def _faults(tree: ast.AST) -> Iterator[tuple[_Node, str, range | None]]:
    """Each place, what to write there and the lines that run it. Annotations, docstrings and imports do nothing."""
    for node, runs in _behaviour(tree, None):
        if isinstance(node, ast.If | ast.While | ast.IfExp) and isinstance(node.test, _PLAIN):
            yield node.test, f"(not {ast.unparse(node.test)})", runs
        if isinstance(node, ast.expr):
            for expression in _expressions(node):
                yield node, f"({ast.unparse(expression)})", runs
        elif isinstance(node, ast.stmt):
            for statement in _statements(node):
                yield node, ast.unparse(statement), runs


def _behaviour(node: ast.AST, runs: range | None) -> Iterator[tuple[ast.AST, range | None]]:
    yield node, runs
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases"}:
            continue
        in_function = runs is not None or (name == "body" and isinstance(node, ast.FunctionDef))
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_idle(child):
                yield from _behaviour(child, _lines(child) if in_function and isinstance(child, ast.stmt) else runs)


def _lines(statement: ast.stmt) -> range:
    """Of a statement that holds others, only the head."""
    body: list[ast.stmt] = getattr(statement, "body", [])
    end = body[0].lineno - 1 if body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(end, statement.lineno) + 1)


def _is_idle(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom() | ast.JoinedStr() | ast.MatchValue():
            return True  # docstrings; parts of an f-string have no places of their own before Python 3.12
        case ast.Assign(targets=[ast.Name(id="__slots__" | "__all__")]):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Call(func=ast.Name(id="cast" | "assert_never")):
            return True
        case _:
            return False


def _expressions(node: ast.expr) -> Iterator[ast.expr]:  # noqa: C901, PLR0912 - one case for each kind of fault
    match node:
        case ast.Compare(left, [operator, *others], comparators):
            yield ast.Compare(left, [_COMPARISONS[type(operator)](), *others], comparators)
        case ast.BoolOp(ast.And(), values):
            yield ast.BoolOp(ast.Or(), values)
        case ast.BoolOp(ast.Or(), values):
            yield ast.BoolOp(ast.And(), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BinOp(left, operator, right) if type(operator) in _OPERATORS:
            yield ast.BinOp(left, _OPERATORS[type(operator)](), right)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(str() as value):
            yield ast.Constant(f"{value}X")
        case ast.Call(ast.Name(name), arguments, keywords) if name in _TWINS:
            yield ast.Call(ast.Name(_TWINS[name]), arguments, keywords)
        case ast.Call(ast.Attribute(value, name), [], []) if name in _TIDYING:
            yield value
        case ast.ListComp(generators=[first, *_]) | ast.SetComp(generators=[first, *_]) if first.ifs:
            yield _without_condition(node)
        case ast.DictComp(generators=[first, *_]) | ast.GeneratorExp(generators=[first, *_]) if first.ifs:
            yield _without_condition(node)
        case _:
            pass


def _without_condition(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> ast.expr:
    first, *others = node.generators
    bare = ast.comprehension(first.target, first.iter, [], first.is_async)
    values = {name: value for name, value in ast.iter_fields(node) if name != "generators"}
    return type(node)(**values, generators=[bare, *others])


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.Expr(ast.Call()) | ast.Raise() | ast.Delete():
            yield ast.Pass()
        case ast.AugAssign(target, operator, value) if type(operator) in _OPERATORS:
            yield ast.AugAssign(target, _OPERATORS[type(operator)](), value)
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case _:
            pass
