"""Where a fleet keeps its runs, its logs and what it came to."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.fleets import FleetMember
from certmark.places import state_home

RECORD = "fleet.json"
PAGE = "fleet.html"
_MOST_RUNS = 10_000


def fleets_home() -> Path:
    """The folder of all fleets."""
    return state_home() / "fleets"


def make_fleet_folder(fleet: str, wanted: str | None) -> Path:
    """The folder of a new fleet.

    One that a person named must be empty or not there. Raises InvalidRequest or OSError.
    """
    folder = Path(wanted).absolute() if wanted is not None else fleets_home() / fleet
    if (folder / RECORD).exists():
        raise InvalidRequest(f"{wanted} has a fleet in it", Advice(Action.RESUME_FLEET, str(wanted)))
    if folder.is_dir() and any(folder.iterdir()):
        raise InvalidRequest(f"{wanted} is not empty", Advice(Action.NAME_OTHER_FOLDER))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def find_fleet(wanted: str) -> Path:
    """The folder of the fleet that a person means, by id or folder. Raises InvalidRequest."""
    for folder in (fleets_home() / wanted, Path(wanted).absolute()):
        if (folder / RECORD).is_file():
            return folder
    raise InvalidRequest(f"there is no fleet {wanted!r}; name the id or the folder of one")


def run_folder(fleet: Path, member: FleetMember, taken: Collection[str]) -> Path:
    """A folder for a run of `member` that is neither taken nor there."""
    word = re.sub(r"[^A-Za-z0-9.]+", "-", member.key).strip("-.")[:80] or "run"
    for number in range(1, _MOST_RUNS):
        folder = fleet / (word if number == 1 else f"{word}-{number}")
        if str(folder) not in taken and not folder.exists():
            return folder
    raise InvalidRequest(f"{fleet} is full of runs; begin another fleet")


def log_of(folder: Path) -> Path:
    """The file of what a run's command says; beside the run, for a run that never begins leaves no folder."""
    return folder.with_name(f"{folder.name}.log")
