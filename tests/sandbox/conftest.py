"""What the tests of the sandbox share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.sandbox import lifecycle, processes
from certmark.sandbox.state import Sandbox
from support import tiny_sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """An empty sandbox; what runs in it at the end is ended."""
    made = Sandbox.create(tmp_path / "sandbox", "tiny")
    yield made
    processes.stop(made, processes.recorded_processes(made), patience=1)
    assert processes.kill_strays(made) == 0


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for a sandbox of the tiny profile; what runs in it at the end is ended."""
    monkeypatch.setitem(lifecycle.PROFILES, "tiny", tiny_sandbox.PROFILE)
    monkeypatch.setenv("CERTMARK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    tiny_sandbox.pretend_environment(tmp_path / "cache")
    folder = tmp_path / "sandbox"
    yield folder
    there = Sandbox(folder, {"ports": {}}, {})
    processes.stop(there, processes.recorded_processes(there), patience=1)
    assert processes.kill_strays(there) == 0
