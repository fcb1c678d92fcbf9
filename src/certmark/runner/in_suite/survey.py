"""The tests of a suite, each as its own code describes it: ids, credentials, docstrings, places."""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import inspect
import json
import os
import sys
import textwrap
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .calls import Calls
from .conditions import class_conditions, conditions_of
from .source import Source, callee_of, family, module_of, unique

_LONGEST = 4000


def write_survey(output: str, modules: list[str]) -> None:
    """Survey the tests of `modules` into the file `output`."""
    sys.setrecursionlimit(5000)
    gc.disable()  # syntax trees are many objects and no rubbish: looking for some costs a third of the time
    loader = unittest.TestLoader()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        _name_roles()
        tests = [test for name in modules for test in _walk(_loaded(loader, name))]
        surveyor = _Surveyor()
        found = {test.id(): surveyor.describe(test) for test in tests if type(test).__module__ != "unittest.loader"}
    document = {
        "tests": [found[full] for full in sorted(found)],
        "errors": [str(error)[-2000:] for error in loader.errors],
    }
    # In one piece: `dump` encodes in Python, not in C.
    Path(output).write_text(json.dumps(document), encoding="utf-8")


def _name_roles() -> None:
    """Give options of Tempest's configuration that name a role their own name as value."""
    try:
        config: Any = importlib.import_module("tempest.config")
        config.CONF.identity  # noqa: B018 - asking registers all options, the plugins' too
        options = config._CONF  # noqa: SLF001 - the proxy in front of it sets nothing
        groups = dict(options._groups)  # noqa: SLF001 - oslo.config lists its options nowhere else
    except (ImportError, AttributeError):
        return
    for section, group in groups.items():
        for name, entry in dict(group._opts).items():  # noqa: SLF001 - likewise
            if name.endswith("role") and type(entry["opt"].type).__name__ == "String":
                with contextlib.suppress(Exception):
                    options.set_override(name, f"{{{section}.{name}}}", group=section)


def _loaded(loader: unittest.TestLoader, name: str) -> Any:
    module = importlib.import_module(name)
    load_tests = getattr(module, "load_tests", None)
    if load_tests is not None:
        return load_tests(loader, unittest.TestSuite(), None)
    return loader.discover(name)


def _walk(suite: Any) -> Iterator[Any]:
    if isinstance(suite, unittest.TestCase) or not hasattr(suite, "__iter__"):
        yield suite
        return
    for test in suite:
        yield from _walk(test)


class _Surveyor:
    """Describes tests; remembers what belongs to their classes."""

    def __init__(self) -> None:
        self._source = Source()
        self._calls = Calls(self._source)
        self._classes: dict[type, dict[str, list[Any]]] = {}

    def describe(self, test: Any) -> dict[str, Any]:
        class_, method = type(test), test._testMethodName  # noqa: SLF001 - unittest keeps a test's method nowhere else
        owner = next((base for base in class_.__mro__ if method in vars(base)), class_)
        function = vars(owner).get(method) or getattr(test, method, None)
        node = self._source.function(function) if function is not None else None
        common = self._class(class_)
        calls, own = self._calls.of_test(class_, owner, node)
        row = {
            "id": test.id(),
            "credentials": common["credentials"],
            "services": unique(_services(node) + common["services"]),
            "document": _document(node, function),
            "calls": calls,
            "own_calls": own,
            "set_up": common["set_up"],
            "skips": unique(conditions_of(node, class_) + common["skips"]),
            "file": _relative(owner),
            "line": node.lineno if node is not None else 0,
            "is_inherited": owner is not class_,
        }
        return {key: value for key, value in row.items() if value or key == "id"}

    def _class(self, class_: type) -> dict[str, list[Any]]:
        if class_ not in self._classes:
            definitions = [self._source.class_(base) for base in family(class_)]
            self._classes[class_] = {
                "credentials": _credentials(getattr(class_, "credentials", None)),
                "services": unique(word for node in definitions for word in _services(node)),
                "skips": class_conditions(class_, self._source),
                "set_up": self._calls.of_set_up(class_),
            }
        return self._classes[class_]


def _credentials(value: object) -> list[list[str]]:
    """Each as [kind, role…], once."""
    found: list[list[str]] = []
    for item in value if isinstance(value, (list, tuple)) else []:
        words = [str(word) for word in item] if isinstance(item, (list, tuple)) else [str(item)]
        if words and words not in found:
            found.append(words)
    return found


def _services(node: Any) -> list[str]:
    """The words of decorators `services("compute", …)`."""
    decorators = [item for item in getattr(node, "decorator_list", []) if isinstance(item, ast.Call)]
    return [
        str(one.value)
        for item in decorators
        if callee_of(item) == "services"
        for one in item.args
        if isinstance(one, ast.Constant)
    ]


def _document(node: Any, function: object) -> str:
    text = ast.get_docstring(node) if node is not None else inspect.getdoc(function)
    return textwrap.dedent(text).strip()[:_LONGEST] if isinstance(text, str) else ""


def _relative(class_: type) -> str:
    """The file of `class_` below the folder that holds its package."""
    path = getattr(module_of(class_), "__file__", None) or ""
    depth = class_.__module__.count(".") + 1
    return "/".join(path.replace(os.sep, "/").split("/")[-depth:])
