"""Executed by the suite's interpreter: writes the full ids of every test that it finds.

    python -I lister_main.py OUTPUT MODULE...

Each MODULE has `load_tests`, or is a package whose modules are looked through. OUTPUT becomes a
JSON object: `tests`, and `errors` of modules that could not be imported. Standard library only.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path


def main(output: str, modules: list[str]) -> None:
    """List the tests of `modules` into the file `output`."""
    loader = unittest.TestLoader()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        suites = [_loaded(loader, name) for name in modules]
    found = [test for suite in suites for test in _walk(suite)]
    tests = [test for test in found if not test.startswith("unittest.loader._FailedTest")]
    with Path(output).open("w", encoding="utf-8") as file:
        json.dump({"tests": tests, "errors": [str(error)[-2000:] for error in loader.errors]}, file)


def _loaded(loader: unittest.TestLoader, name: str) -> object:
    module = importlib.import_module(name)
    load_tests = getattr(module, "load_tests", None)
    if load_tests is not None:
        return load_tests(loader, unittest.TestSuite(), None)
    return loader.discover(name)


def _walk(suite: object) -> Iterator[str]:
    # testtools' and unittest's suites, and scenarios' wrappers, can all be gone through.
    if isinstance(suite, unittest.TestCase) or not hasattr(suite, "__iter__"):
        yield suite.id()  # type: ignore[attr-defined]  # whatever is no suite has an id
        return
    for test in suite:
        yield from _walk(test)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
