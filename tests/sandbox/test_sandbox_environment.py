from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from certmark.sandbox import environment as room
from certmark.sandbox import processes
from certmark.sandbox.environment import environment, home_of, is_whole
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.state import Sandbox


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "lock.txt"
    path.write_text("")
    return path


def test_it_is_made_once_and_found_again(
    sandbox: Sandbox, lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(room, "run", lambda _s, _n, command, *_a, **_k: asked.append(pretend(command)))
    first = environment(sandbox, lock, tmp_path)
    assert environment(sandbox, lock, tmp_path) == first == home_of(lock, tmp_path) / "environment"
    assert [command[1:3] for command in asked] == [["-m", "venv"], ["-m", "pip"]]
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(asked[1])


def test_a_half_made_one_is_made_anew(
    sandbox: Sandbox, lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = home_of(lock, tmp_path) / "environment" / "half"
    left.mkdir(parents=True)
    monkeypatch.setattr(room, "run", lambda _s, _n, command, *_a, **_k: pretend(command))
    environment(sandbox, lock, tmp_path)
    assert (left.exists(), is_whole(lock, tmp_path)) == (False, True)


@pytest.mark.thorough
def test_an_index_that_is_away_is_told_and_nothing_counts_as_made(sandbox: Sandbox, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"keystone==29.1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            patch.delenv(name)
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        with pytest.raises(SandboxError, match=r"installed: .*No matching distribution"):
            environment(sandbox, lock, tmp_path)
    assert (is_whole(lock, tmp_path), processes.strays(sandbox)) == (False, ())


def test_a_changed_lock_makes_another_environment(lock: Path, tmp_path: Path) -> None:
    before = home_of(lock, tmp_path)
    shutil.copy(lock, tmp_path / "other.txt")
    assert home_of(tmp_path / "other.txt", tmp_path) == before
    lock.write_text("a==1")
    assert home_of(lock, tmp_path) != before


def pretend(command: list[str]) -> list[str]:
    """What venv would have made."""
    if "venv" in command:
        (Path(command[-1]) / "bin").mkdir(parents=True)
        (Path(command[-1]) / "bin" / "python").touch()
    return command
