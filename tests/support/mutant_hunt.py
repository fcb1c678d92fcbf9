"""A plugin of pytest, for `tests/mutants.py`: notes which test runs which line, or runs the tests it is told to.

`MUTANT_MAP` is where to write what was noted; `MUTANT_TESTS` is a file with the tests to run, one a
line, in their order.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MEMORY = 8 << 30
"""A fault in a bound must not eat the machine."""
_seconds: dict[str, float] = {}
_failed: set[str] = set()


def pytest_configure() -> None:
    """Bounds on what a fault may take."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEMORY, MEMORY))
    if "MUTANT_SETTINGS" in os.environ:  # processes that tests start read them anew, with the test's name
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
        os.environ["COVERAGE_PROCESS_START"] = os.environ["MUTANT_SETTINGS"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that were asked for."""
    if "MUTANT_TESTS" not in os.environ:
        return
    wanted = {name: place for place, name in enumerate(Path(os.environ["MUTANT_TESTS"]).read_text().splitlines())}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
    items[:] = sorted((item for item in items if item.nodeid in wanted), key=lambda item: wanted[item.nodeid])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """Everything from a test's set-up to its tear-down is its own, in processes that it starts too."""
    if "MUTANT_MAP" in os.environ:
        os.environ["MUTANT_CONTEXT"] = item.nodeid
        # By its name, since the type checker sees a benchmark of the name `coverage`.
        importlib.import_module("coverage").Coverage.current().switch_context(item.nodeid)
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """How long a test takes, and whether it holds without a fault."""
    _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration
    if report.failed:
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write what was noted."""
    if "MUTANT_MAP" in os.environ:
        whole = {name: seconds for name, seconds in _seconds.items() if name not in _failed}
        Path(os.environ["MUTANT_MAP"]).write_text(json.dumps({"seconds": whole, "failed": sorted(_failed)}))
