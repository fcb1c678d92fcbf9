"""Two real clouds, tested side by side: the fleet is killed in the middle, taken up again, and both pass."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

pytestmark = [pytest.mark.cloud, pytest.mark.enable_socket]
CERTMARK = [sys.executable, "-m", "certmark"]
NAMES = ("north", "south")


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a clouds.yaml of two sandboxes, and the file of a fleet."""
    folder = tmp_path_factory.mktemp("fleet")
    entries = {}
    try:
        for name in NAMES:
            where = folder / name
            subprocess.run(
                [*CERTMARK, "sandbox", "up", "--folder", where], check=True, capture_output=True, timeout=900
            )
            entry = yaml.safe_load((where / "clouds.yaml").read_text())["clouds"]["certmark-sandbox"]
            entries[name] = {**entry, "certmark": {**entry["certmark"], "accounts": str(where / "accounts.yaml")}}
        (folder / "clouds.yaml").write_text(yaml.safe_dump({"clouds": entries}))
        fleet = {"fleet": "two", "defaults": {"program": "object"}, "clouds": {name: {} for name in NAMES}}
        (folder / "fleet.yaml").write_text(yaml.safe_dump(fleet))
        yield folder
    finally:
        for name in NAMES:
            subprocess.run(
                [*CERTMARK, "sandbox", "down", "--purge", "--folder", folder / name],
                check=False, capture_output=True, timeout=300,
            )  # fmt: skip


def is_held(lock: Path) -> bool:
    """Whether a process works in the run's folder."""
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def has_tested(folder: Path) -> bool:
    """Whether a group of tests has come to its end in a run."""
    journal = folder / "journal.jsonl"
    return journal.exists() and '"what": "ended", "group"' in journal.read_text()


def test_a_fleet_that_was_killed_is_taken_up_and_passes(clouds: Path, tmp_path: Path) -> None:
    environment = os.environ | {
        "OS_CLIENT_CONFIG_FILE": str(clouds / "clouds.yaml"),
        "CERTMARK_HOME": str(tmp_path / "home"),
    }
    fleet = tmp_path / "fleet"
    begin = [*CERTMARK, "run", "--all-clouds", str(clouds / "fleet.yaml"), "-j", "1", "--folder", str(fleet), "-q"]
    runs = [fleet / f"{name}-object" for name in NAMES]
    process = subprocess.Popen(begin, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: process.poll() is not None or all(map(has_tested, runs)), 1200)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    wait_until(lambda: not any(is_held(run / "lock") for run in runs), 120)
    done = subprocess.run(
        [*CERTMARK, "run", "--continue", fleet, "-q"],
        env=environment, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((fleet / "fleet.json").read_bytes())
    assert {one["cloud"]: one["standing"] for one in record["members"]} == dict.fromkeys(NAMES, "pass")


def wait_until(holds: Callable[[], object], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.2)
