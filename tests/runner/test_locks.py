"""Locks name their holder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.runner.locks import LockHeld, address_in, cloud_changed, cloud_lock, cloud_tested, locked

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


def test_a_cloud_is_not_changed_while_one_of_its_regions_is_tested(tmp_path: Path) -> None:
    with cloud_tested("http://a:5000/v3 north", tmp_path), cloud_tested("http://a:5000/v3 south", tmp_path):
        refused = pytest.raises(LockHeld, match=rf"the cloud http://a:5000 is in use by process {os.getpid()} on .+")
        with refused, cloud_changed("http://a:5000/", tmp_path):
            pass
        with cloud_changed("http://b:5000/v3", tmp_path):
            pass
    with cloud_changed("http://a:5000", tmp_path):
        refused = pytest.raises(LockHeld, match="the cloud http://a:5000/v3 south is in use by process")
        with refused, cloud_tested("http://a:5000/v3 south", tmp_path):
            pass


def test_a_region_is_tested_by_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        cloud_tested("local", tmp_path) as gone,
        pytest.raises(LockHeld, match="the cloud local is in use by process"),
        cloud_tested("local", tmp_path),
    ):
        pass
    assert gone == ()


@pytest.mark.parametrize(
    ("cloud", "address"),
    [
        ("http://a:5000/v3 RegionOne", "http://a:5000"),
        ("http://a:5000/v3/", "http://a:5000"),
        ("http://a:5000", "http://a:5000"),
        ("https://a/identity/v3 r", "https://a/identity"),
        ("https://a/identity/v2.0", "https://a/identity"),
        ("local", "local"),
    ],
)
def test_one_cloud_has_one_address_however_it_is_named(cloud: str, address: str) -> None:
    assert address_in(cloud) == address


def test_a_lock_is_given_back_though_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with locked(tmp_path / "lock", "run x"):
        monkeypatch.setattr("certmark.runner.locks._write", full)
    monkeypatch.undo()
    with locked(tmp_path / "lock", "run x"):
        pass
