"""Locks name their holder."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.runner.locks import LockHeld, cloud_lock, locked

HOLD = """
import sys, time
from pathlib import Path
from certmark.runner.locks import locked
with locked(Path(sys.argv[1]), "run x"):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_names_its_holder_and_notices_when_it_is_dead(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = hold(path)
    with (
        pytest.raises(LockHeld, match=rf"run x is in use by process {process.pid} on .+, since .+; wait for it"),
        locked(path, "run x"),
    ):
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with locked(path, "run x") as gone:
        assert gone is not None
        assert gone.startswith(f"run x was held by process {process.pid} on ")
        assert gone.endswith(", which is gone")


def test_a_lock_that_was_given_back_has_no_holder(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "lock"
    for _ in range(2):
        with locked(path, "run x") as gone:
            assert gone is None
            assert path.stat().st_size > 0


def test_each_cloud_has_a_lock_of_its_own() -> None:
    assert cloud_lock(Path("/home"), "http://a/v3") == cloud_lock(Path("/home"), "http://a/v3")
    assert cloud_lock(Path("/home"), "http://a/v3") != cloud_lock(Path("/home"), "http://b/v3")
