"""The runs on this machine: listed, shown, removed."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.formats.run_folder import RunFolder
from certmark.runner.folders import find_run, is_run_id, runs_home
from certmark.runner.known_runs import KnownRun, RunState, known_run, known_runs
from certmark.runner.locks import LockHeld, locked


def list_runs() -> list[KnownRun]:
    """Every run in the folder of all runs, the newest first."""
    return known_runs()


def run_named(wanted: str) -> KnownRun:
    """The run that a person means, also one that never began. Raises InvalidRequest."""
    inside = runs_home() / wanted
    return known_run(inside if is_run_id(wanted) and inside.is_dir() else find_run(wanted))


@dataclass(frozen=True, kw_only=True)
class RemovalRequest:
    """Which runs are to go."""

    runs: Sequence[str] = ()
    """Ids or folders."""
    older_than: dt.timedelta | None = None
    """In the place of names: all that began longer ago, and are not running."""


def removable_runs(request: RemovalRequest) -> list[KnownRun]:
    """The runs that would go, the newest first. Raises InvalidRequest: one must be meant, and none may be running."""
    if request.older_than is not None:
        if request.runs:
            raise InvalidRequest("runs are named, and an age is; keep one of them")
        limit = dt.datetime.now(dt.UTC) - request.older_than
        return [run for run in known_runs() if _is_older(run, limit)]
    if not request.runs:
        raise InvalidRequest("name the runs that shall go, or how old they must be")
    found = {run.folder: run for run in map(run_named, request.runs)}
    running = next((run for run in found.values() if run.state is RunState.RUNNING), None)
    if running is not None:
        raise InvalidRequest(f"run {running.id} is running; stop it first")
    return list(found.values())


def _is_older(run: KnownRun, limit: dt.datetime) -> bool:
    return run.began is not None and run.began < limit and run.state is not RunState.RUNNING


class RunRemoval(NamedTuple):
    """What became of runs that were to go."""

    removed: tuple[KnownRun, ...]
    kept: tuple[KnownRun, ...]


def remove_runs(runs: Sequence[KnownRun], listen: Listener) -> RunRemoval:
    """Remove the folders of `runs` with everything in them; what stays is told."""
    removed: list[KnownRun] = []
    kept: list[KnownRun] = []
    for run in runs:
        why = _remove(run)
        (kept if why else removed).append(run)
        if why:
            listen(Remark(f"run {run.id} stays: {why}", is_important=True))
    return RunRemoval(tuple(removed), tuple(kept))


def _remove(run: KnownRun) -> str | None:
    """Remove the folder; why it stays, if it does."""
    try:
        with locked(RunFolder(run.folder).lock, f"run {run.id}"):
            # Under another name first: half a run must not be taken for one.
            going = run.folder.with_name(f".removing-{run.folder.name}-{os.getpid()}")
            run.folder.rename(going)
        shutil.rmtree(going)
    except LockHeld as error:
        return str(error)
    except OSError as error:
        return error.strerror or str(error)
    return None
