"""What every test of the runner may use."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from certmark.runner import events
from certmark.runner import run as run_module
from certmark.runner.journal import Journal
from certmark.runner.run import run_groups
from certmark.runner.workers import ForkPool
from support.toy import ToyRun, toy_environment, toy_groups, toy_record


@pytest.fixture
def hour_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], bool]], None]:
    """Lets an hour pass for those who watch over groups, as soon as something holds: no test waits for a limit."""

    def passes(holds: Callable[[], bool]) -> None:
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + (3600.0 if holds() else 0.0), time=time.time)
        monkeypatch.setattr(run_module, "time", clock)

    return passes


@pytest.fixture
def run_toy(tmp_path: Path) -> Callable[..., ToyRun]:
    """Runs tests of the small suite in a folder of its own."""

    def run(*names: str, workers: int = 2, limit: float | None = 60.0, **env: str) -> ToyRun:
        heard: list[events.Event] = []
        groups = toy_groups(names)
        journal = Journal.create(str(tmp_path), toy_record(), groups)
        crew = ForkPool(sys.executable, toy_environment(tmp_path, **env), str(tmp_path), str(tmp_path / "worker.log"))
        end = run_groups(
            crew, groups, workers, journal, heard.append, streams=str(tmp_path / "streams"), group_timeout=limit
        )
        journal.close()
        return ToyRun(tmp_path, end, heard)

    return run
