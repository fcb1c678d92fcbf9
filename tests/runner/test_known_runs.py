"""Runs that are listed with how far they came, whatever moment they were killed at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.formats.run_endings import EndedGroup, Ending
from certmark.formats.run_folder import PREPARING, RunFolder
from certmark.runner.folders import find_run, new_folder, runs_home
from certmark.runner.journal import Journal
from certmark.runner.known_runs import RunState, is_finished, known_run, known_runs
from certmark.runner.locks import LockHeld, locked
from certmark.runner.plan import Group
from support.toy import toy_record

RUN = "20261128-120000-north-0a1b"
PREPARE = """
import sys, time
from certmark.runner.folders import new_folder
with new_folder(sys.argv[1], sys.argv[2] or None) as folder:
    (folder.path / "suite").mkdir()
    print("prepares", flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))


@contextmanager
def preparing(wanted: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process that prepares a run, until the block ends."""
    words = [sys.executable, "-c", PREPARE, RUN, wanted]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "prepares\n"
        yield process
        process.kill()


def begun(folder: Path, *, ended: bool) -> Path:
    """A run of one class that has begun."""
    folder.mkdir(parents=True)
    journal = Journal.create(folder, toy_record(run=folder.name), [Group("m.A", ("m.A.test",), 1.0)])
    if ended:
        journal.began("m.A", 0, "w0-a1.subunit")
        journal.ended(EndedGroup("m.A", "w0-a1.subunit", Ending.ENDED, 1.0, "", ()))
    journal.close()
    return folder


def test_a_run_that_is_prepared_is_told_and_so_is_one_that_was_killed_meanwhile() -> None:
    with preparing():
        assert [(one.id, one.state) for one in known_runs()] == [(RUN, RunState.RUNNING)]
    (listed,) = known_runs()
    assert (listed.id, listed.state) == (RUN, RunState.NOT_BEGUN)
    assert listed.began is not None
    with pytest.raises(InvalidRequest, match=f"run {RUN} was stopped before its first test"):
        find_run(RUN)


def test_a_run_that_never_began_is_not_the_last_run() -> None:
    earlier = begun(runs_home() / "20261127-120000-north-0a1b", ended=True)
    with preparing():
        pass
    assert find_run(None) == earlier


def test_a_run_that_is_not_begun_leaves_no_folder() -> None:
    with new_folder(RUN, None) as folder:
        assert (folder.path / PREPARING).is_file()
    assert list(runs_home().iterdir()) == []


def test_a_folder_of_ones_own_stays_and_is_empty_again(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    with new_folder(RUN, str(own)) as folder:
        assert (folder.path / PREPARING).is_file()
    assert list(own.iterdir()) == []


def test_the_folder_of_a_run_that_never_began_is_taken_again(tmp_path: Path) -> None:
    own = tmp_path / "own"
    with preparing(str(own)), pytest.raises(LockHeld), new_folder(RUN, str(own)):
        pass
    with new_folder(RUN, str(own)) as folder:
        assert sorted(path.name for path in folder.path.iterdir()) == ["lock", PREPARING]


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(InvalidRequest, match="is not empty"), new_folder(RUN, str(tmp_path)):
        pass
    assert (tmp_path / "mine").exists()


def test_a_place_that_cannot_be_written_is_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotProceed, match="there is no place for a run in"), new_folder(RUN, f"{tmp_path}/file/run"):
        pass


def test_a_run_is_finished_once_its_report_is_written_after_its_last_class(tmp_path: Path) -> None:
    folder = begun(tmp_path / RUN, ended=False)
    assert (known_run(folder).state, known_run(folder).left) == (RunState.STOPPED, 1)
    with locked(RunFolder(folder).lock, "run x"):
        assert known_run(folder).state is RunState.RUNNING
    ended = RunFolder(begun(tmp_path / "other", ended=True))
    assert (known_run(ended.path).state, is_finished(ended, Journal.read(ended.path))) == (RunState.NOT_JUDGED, False)
    ended.report.touch()
    assert is_finished(ended, Journal.read(ended.path))
    os.utime(ended.report, (0, 0))
    assert not is_finished(ended, Journal.read(ended.path))
    (ended.path / "journal.jsonl").write_text("{}\n")
    assert known_run(ended.path).state is RunState.UNREADABLE
