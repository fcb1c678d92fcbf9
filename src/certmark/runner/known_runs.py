"""What can be said of a run's folder, whatever state it is in: begun, stopped, judged, damaged."""

from __future__ import annotations

import datetime as dt
import re
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from certmark.domain.verdict_values import Standing
from certmark.formats.errors import FormatError
from certmark.formats.results.report.parsing import MAX_SIZE
from certmark.formats.results.report.reading import Judgement, read_judgement
from certmark.formats.run_folder import RunFolder
from certmark.formats.run_record import RunRecord
from certmark.formats.sources import read_whole, source_of
from certmark.runner.folders import is_run_id, reference_of, run_ids, runs_home
from certmark.runner.journal import Journal, RunHistory
from certmark.runner.locks import is_held


class RunState(Enum):
    """How far a run came; the value is the word for it."""

    RUNNING = "running"
    """A process is at it now."""
    JUDGED = "judged"
    STOPPED = "stopped"
    """Classes are left; it can go on."""
    NOT_JUDGED = "not judged"
    """Every class ended, and there is no report: it can go on, which judges it."""
    NOT_BEGUN = "never began"
    """It was ended before its first test; nothing of it can go on."""
    UNREADABLE = "unreadable"
    """Something else changed its journal or its report."""


class KnownRun(NamedTuple):
    """A run's folder, and what is in it."""

    id: str
    folder: Path
    state: RunState
    began: dt.datetime | None
    """In UTC, as its id says, else as its folder does."""
    record: RunRecord | None
    """What it was asked; None where nobody can tell."""
    left: int
    """Classes that are still to be run."""
    judgement: Judgement | None
    """What its report says; nothing is judged again."""
    is_signed: bool
    problem: str = ""
    """Why it is unreadable."""

    @property
    def standing(self) -> Standing | None:
        """Of its verdict."""
        return None if self.judgement is None else self.judgement.standing

    @property
    def reference(self) -> str:
        """How a person names it."""
        return reference_of(RunFolder(self.folder), self.id)


def known_runs() -> list[KnownRun]:
    """Every run in the folder of all runs, the newest first, whatever is left of it."""
    return [known_run(runs_home() / id_) for id_ in run_ids()]


def known_run(folder: Path) -> KnownRun:
    """What can be said of the run in `folder`; a refusal or an error of reading becomes its problem."""
    place = RunFolder(folder)
    found = KnownRun(
        id=folder.name,
        folder=folder,
        state=RunState.NOT_BEGUN,
        began=_began(folder),
        record=None,
        left=0,
        judgement=None,
        is_signed=place.is_signed,
    )
    try:
        if place.is_begun:
            found = _as_recorded(found, place, Journal.read(folder))
        return found._replace(state=RunState.RUNNING) if is_held(place.lock) else found
    except FormatError as error:
        return found._replace(state=RunState.UNREADABLE, problem=str(error))
    except OSError as error:
        return found._replace(state=RunState.UNREADABLE, problem=error.strerror or str(error))


def is_finished(folder: RunFolder, history: RunHistory) -> bool:
    """Whether every class of a run came to its end, and the report was written since."""
    try:
        return history.is_whole and folder.report.stat().st_mtime >= history.last_end - _TICK
    except OSError:
        return False


_TICK = 0.05
"""Seconds by which the time of a file may be behind the clock."""


def _as_recorded(found: KnownRun, place: RunFolder, history: RunHistory) -> KnownRun:
    left = len(history.to_run)
    id_ = found.id if is_run_id(found.id) else history.record.run
    found = found._replace(id=id_, record=history.record, left=left)
    if place.report.is_file():
        found = found._replace(judgement=read_judgement(read_whole(source_of(str(place.report)), MAX_SIZE)))
    if left:
        return found._replace(state=RunState.STOPPED)
    return found._replace(state=RunState.NOT_JUDGED if found.judgement is None else RunState.JUDGED)


def _began(folder: Path) -> dt.datetime | None:
    stamp = re.match(r"\d{8}-\d{6}", folder.name)
    try:
        if stamp is not None:
            return dt.datetime.strptime(stamp[0], "%Y%m%d-%H%M%S").replace(tzinfo=dt.UTC)
        return dt.datetime.fromtimestamp(int(folder.stat().st_mtime), dt.UTC)
    except (ValueError, OSError):
        return None
