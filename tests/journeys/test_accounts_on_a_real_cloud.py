"""Accounts made, checked, used by a run that is killed, and deleted: the cloud is then as it was before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.cloud, pytest.mark.enable_socket]
_ADMIN = ["--os-cloud", "certmark-sandbox-admin"]


class Person:
    """Somebody at a terminal, with a sandbox of his own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.env = os.environ | {
            "OS_CLIENT_CONFIG_FILE": str(place / "sandbox" / "clouds.yaml"),
            "CERTMARK_HOME": str(place / "home"),
        }

    def words(self, *words: str) -> list[str]:
        """A command line."""
        return [sys.executable, "-m", "certmark", *words]

    def certmark(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        more = {"env": self.env, "cwd": self.place, "timeout": 900}
        done = subprocess.run(self.words(*words), capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]  # a table
        assert "Traceback" not in done.stderr, done.stderr
        return done  # type: ignore[no-any-return]  # likewise

    def run(self, folder: str, *more: str) -> list[str]:
        """The words of a run with the accounts that were made."""
        accounts = ["--os-cloud", "certmark-sandbox", "--accounts", "accounts.yaml"]
        return ["run", *accounts, "-p", "object", "-j", "4", "-q", "--folder", folder, *more]

    def held(self) -> list[tuple[str, str]]:
        """Everything that the cloud holds, as its administrator sees it."""
        done = self.certmark("cloud", "leftovers", *_ADMIN, "--all-projects", "--json", "-q")
        assert done.returncode == 0, done.stderr
        return sorted((one["kind"], one["id"]) for one in json.loads(done.stdout)["held"])

    def kill_midway(self, folder: str) -> None:
        """Begin a run, and kill it while classes are at it."""
        process = subprocess.Popen(self.words(*self.run(folder)), env=self.env, cwd=self.place,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and self._written(folder) < 2500:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def _written(self, folder: str) -> int:
        return sum(path.stat().st_size for path in (self.place / folder).glob("streams/*"))


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    made = Person(tmp_path_factory.mktemp("accounts"))
    sandbox = ["--folder", str(made.place / "sandbox")]
    up = made.certmark("sandbox", "up", *sandbox)
    assert up.returncode == 0, up.stderr
    try:
        yield made
    finally:
        made.certmark("sandbox", "down", "--purge", *sandbox)


def test_accounts_are_made_used_and_deleted_and_nothing_is_left_behind(person: Person) -> None:
    before = person.held()
    made = person.certmark("cloud", "accounts", "make", *_ADMIN, "-p", "object", "-j", "4")
    assert made.returncode == 0, made.stderr
    checked = person.certmark("cloud", "accounts", "check", "accounts.yaml", *_ADMIN, "-p", "object", "-j", "4")
    assert checked.returncode == 0, checked.stdout

    whole = person.certmark(*person.run("whole", "--fail-on-leftovers"))
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert json.loads((person.place / "whole" / "leftovers.json").read_text())["left"] == []

    person.kill_midway("killed")
    left = person.certmark("cloud", "leftovers", "--run", "killed", "--json")
    assert left.returncode == 1, left.stdout + left.stderr
    assert {one["kind"] for one in json.loads(left.stdout)["left"]} >= {"container"}
    resumed = person.certmark("resume", "killed")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert "removed what was left in the run's projects" in resumed.stderr
    assert person.certmark("cloud", "leftovers", "--run", "killed").returncode == 0

    person.kill_midway("abandoned")
    removed = person.certmark("cloud", "leftovers", "--run", "abandoned", "--delete", "--yes")
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert person.certmark("cloud", "leftovers", "--run", "abandoned").returncode == 0

    deleted = person.certmark("cloud", "accounts", "delete", "accounts.yaml", *_ADMIN, "--yes")
    assert deleted.returncode == 0, deleted.stdout + deleted.stderr
    assert person.held() == before


def test_an_administrators_killed_run_leaves_projects_that_can_be_removed_with_what_is_in_them(person: Person) -> None:
    before = person.held()
    words = person.words("run", *_ADMIN, "-p", "object", "-j", "2", "-q", "--folder", "dynamic")
    process = subprocess.Popen(
        words, env=person.env, cwd=person.place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and not any(person.place.glob("dynamic/streams/*")):
        time.sleep(0.05)
    while time.monotonic() < deadline and person.held() == before:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(1)  # workers hear that they are orphans
    assert person.certmark("cloud", "leftovers", "--run", "dynamic").returncode == 1
    removed = person.certmark("cloud", "leftovers", "--run", "dynamic", "--delete", "--yes")
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert person.held() == before
