"""Where runs and fleets lie, and which one a person means."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.fleets import FleetMember
from certmark.domain.phrases import some
from certmark.domain.suggestions import did_you_mean
from certmark.formats.run_folder import RunFolder
from certmark.places import state_home
from certmark.runner.locks import locked

_ID = re.compile(r"\d{8}-\d{6}-.+-[0-9a-f]{4}\Z")


def runs_home() -> Path:
    """The folder of all runs."""
    return state_home() / "runs"


def new_id(label: str) -> str:
    """An id for a run that begins now: when, on which cloud, and something that tells it from others."""
    word = re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-")[:40] or "cloud"
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{word}-{secrets.token_hex(2)}"


@contextmanager
def new_folder(run: str, wanted: str | None) -> Iterator[RunFolder]:
    """The folder of a run that is about to be prepared, locked; it is gone again unless the run has begun.

    It comes into being with its lock and `preparing.json` in it, so a run that is killed at any moment can be told.
    One that a person named must be empty or not there, or of a run that never began. Raises InvalidRequest,
    LockHeld, CannotProceed or OSError.
    """
    folder = RunFolder(Path(wanted).resolve() if wanted is not None else runs_home() / run)
    try:
        _demand_free(folder, wanted)
        folder.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = RunFolder(folder.path.with_name(f".{folder.path.name}.{os.getpid()}"))
        place = folder if folder.path.is_dir() else draft
        place.path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CannotProceed(f"there is no place for a run in {folder}: {error.strerror}") from error
    with locked(place.lock, f"run {run}"):
        try:
            words = {"run": run, "pid": os.getpid(), "at": round(time.time(), 3)}
            place.preparing.write_text(json.dumps(words) + "\n", encoding="utf-8")
            if place is draft:
                draft.path.rename(folder.path)
            yield folder
        finally:
            if not folder.is_begun:
                _empty(folder.path, is_removed=place is draft)
                shutil.rmtree(draft.path, ignore_errors=True)


def _demand_free(folder: RunFolder, wanted: str | None) -> None:
    if folder.is_begun:
        raise InvalidRequest(f"{wanted} has a run in it", Advice(Action.RESUME_OR_NAME_OTHER_FOLDER))
    if folder.is_prepared_only:
        with locked(folder.lock, f"the folder {wanted}"):
            _empty(folder.path, is_removed=False)
    elif folder.path.is_dir() and any(folder.path.iterdir()):
        raise InvalidRequest(f"{wanted} is not empty", Advice(Action.NAME_OTHER_FOLDER))


def _empty(folder: Path, *, is_removed: bool) -> None:
    """Everything in `folder` goes; the folder itself only where it is ours (a person may have mounted something)."""
    if is_removed:
        shutil.rmtree(folder, ignore_errors=True)
        return
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def folder_of(run: str) -> Path:
    """The folder of a run that a person names by its path or id. Raises InvalidRequest."""
    return Path(run) if Path(run).is_dir() else find_run(run)


LAST = "last"
"""What a person may write for the run that began last."""
_MOST_NAMED = 5


def run_ids() -> list[str]:
    """The ids of the runs that lie in the folder of all runs, the newest first; what is in them is not looked at."""
    home = runs_home()
    found = (path.name for path in home.iterdir() if is_run_id(path.name)) if home.is_dir() else ()
    return sorted(found, reverse=True)


def is_run_id(word: str) -> bool:
    """Whether `word` is made like the id of a run."""
    return _ID.match(word) is not None


def find_run(wanted: str | None) -> Path:
    """The folder of the run that a person means. Raises InvalidRequest.

    By folder, by id, by the beginning of an id that no other run shares, or by `last`, as None: the last one.
    """
    if wanted is None:
        return _last()
    home, named = runs_home(), Path(wanted).resolve()
    places = [home / wanted if os.sep not in wanted else named, named]
    for folder in places:
        if RunFolder(folder).is_begun:
            return folder
    if any(RunFolder(folder).is_prepared_only for folder in places):
        raise InvalidRequest(
            f"run {wanted} was stopped before its first test, and nothing of it can go on", Advice(Action.BEGIN_RUN)
        )
    if wanted == LAST:
        return _last()
    return home / _id_that_begins_with(wanted)


def _begun_ids() -> list[str]:
    home = runs_home()
    return [id_ for id_ in run_ids() if RunFolder(home / id_).is_begun]


def _last() -> Path:
    ids = _begun_ids()
    if not ids:
        raise InvalidRequest("there is no run yet", Advice(Action.BEGIN_RUN))
    return runs_home() / ids[0]


def _id_that_begins_with(wanted: str) -> str:
    ids = _begun_ids()
    found = [id_ for id_ in ids if wanted and id_.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        names = some(found, _MOST_NAMED)
        raise InvalidRequest(f"{len(found)} runs begin with {wanted!r}: {names}; name more of its id")
    raise InvalidRequest(f"there is no run {wanted!r}{did_you_mean(wanted, ids)}; name the id or the folder of one")


def run_folders() -> list[Path]:
    """The folders of all runs that have one among the others, those that never began included; the oldest first."""
    home = runs_home()
    return sorted(path for path in home.iterdir() if _ID.match(path.name)) if home.is_dir() else []


def reference_of(folder: RunFolder, run: str) -> str:
    """How a person names the run: by its id where it lies in a folder of that name, else by its folder."""
    return run if folder.path.name == run else os.path.relpath(folder.path)


FLEET_RECORD = "fleet.json"


FLEET_PAGE = "fleet.html"


_MOST_RUNS = 10_000


def fleets_home() -> Path:
    """The folder of all fleets."""
    return state_home() / "fleets"


def make_fleet_folder(fleet: str, wanted: str | None) -> Path:
    """The folder of a new fleet.

    One that a person named must be empty or not there. Raises InvalidRequest or OSError.
    """
    folder = Path(wanted).absolute() if wanted is not None else fleets_home() / fleet
    if (folder / FLEET_RECORD).exists():
        raise InvalidRequest(f"{wanted} has a fleet in it", Advice(Action.RESUME_FLEET, str(wanted)))
    if folder.is_dir() and any(folder.iterdir()):
        raise InvalidRequest(f"{wanted} is not empty", Advice(Action.NAME_OTHER_FOLDER))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def find_fleet(wanted: str) -> Path:
    """The folder of the fleet that a person means, by id or folder. Raises InvalidRequest."""
    for folder in (fleets_home() / wanted, Path(wanted).absolute()):
        if (folder / FLEET_RECORD).is_file():
            return folder
    raise InvalidRequest(f"there is no fleet {wanted!r}; name the id or the folder of one")


def member_folder(fleet: Path, member: FleetMember, taken: Collection[str]) -> Path:
    """A folder for a run of `member` that is neither taken nor there."""
    word = re.sub(r"[^A-Za-z0-9.]+", "-", member.key).strip("-.")[:80] or "run"
    for number in range(1, _MOST_RUNS):
        folder = fleet / (word if number == 1 else f"{word}-{number}")
        if str(folder) not in taken and not folder.exists():
            return folder
    raise InvalidRequest(f"{fleet} is full of runs; begin another fleet")


def member_log(folder: Path) -> Path:
    """The file of what a run's command says; beside the run, for a run that never begins leaves no folder."""
    return folder.with_name(f"{folder.name}.log")
