"""The runs of this machine: how far each came; and the removal of one."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import shutil
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.formats.errors import FormatError
from certmark.formats.run_folder import RunFolder
from certmark.formats.run_record import RunRecord
from certmark.runner.folders import run_folders
from certmark.runner.journal import Journal, RunHistory
from certmark.runner.locks import is_held, locked

_TICK = 0.05
"""Seconds by which the time of a file may be behind the clock."""


class RunState(Enum):
    """How far a run came."""

    PREPARING = "being prepared"
    NEVER_BEGUN = "never begun"
    """It was stopped while it was prepared; nothing of it can go on."""
    GOING_ON = "going on"
    STOPPED = "stopped"
    """It can go on."""
    FINISHED = "finished"
    """It has its report."""
    DAMAGED = "damaged"
    """Its journal cannot be read."""


class ListedRun(NamedTuple):
    """A run, and how far it came."""

    id: str
    folder: Path
    state: RunState
    began: dt.datetime | None = None
    """In UTC; None where nobody knows."""
    record: RunRecord | None = None
    """What was asked; None where it never began, or cannot be read."""
    left: int = 0
    """Classes that are still to be run."""


def list_runs() -> tuple[ListedRun, ...]:
    """Every run that has a folder among the others, the last one first; those that never began included."""
    return tuple(map(look_at_run, reversed(run_folders())))


def look_at_run(path: Path) -> ListedRun:
    """How far the run in a folder came; nothing is touched."""
    folder = RunFolder(path)
    if not folder.is_begun:
        state = RunState.PREPARING if is_held(folder.lock) else RunState.NEVER_BEGUN
        return ListedRun(path.name, path, state, _prepared_at(folder))
    try:
        history = Journal.read(path)
    except (FormatError, OSError):
        return ListedRun(path.name, path, RunState.DAMAGED)
    began = dt.datetime.fromtimestamp(int(history.began), dt.UTC)
    return ListedRun(history.record.run, path, _state(folder, history), began, history.record, len(history.to_run))


def is_finished(folder: RunFolder, history: RunHistory) -> bool:
    """Whether every class of a run came to its end, and the report was written since."""
    try:
        return history.is_whole and folder.report.stat().st_mtime >= history.last_end - _TICK
    except OSError:
        return False


def remove_run(path: Path) -> None:
    """Remove the folder of a run, evidence and all.

    Raises InvalidRequest where it is none of a run, LockHeld while somebody works on it, CannotProceed where it
    cannot be removed.
    """
    folder = RunFolder(path)
    if not (folder.is_begun or folder.is_prepared_only):
        raise InvalidRequest(f"{path} is not the folder of a run, so nothing is removed")
    with locked(folder.lock, f"run {path.name}"):
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise CannotProceed(f"{error.filename} cannot be removed: {error.strerror}") from error


def _state(folder: RunFolder, history: RunHistory) -> RunState:
    if is_held(folder.lock):
        return RunState.GOING_ON
    return RunState.FINISHED if is_finished(folder, history) else RunState.STOPPED


def _prepared_at(folder: RunFolder) -> dt.datetime | None:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, OverflowError):
        return dt.datetime.fromtimestamp(int(json.loads(folder.preparing.read_bytes())["at"]), dt.UTC)
    return None
