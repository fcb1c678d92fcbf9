"""Where a fleet keeps its runs, its logs and what it came to."""

from __future__ import annotations

import os
import re
from collections.abc import Collection

from certmark.domain.errors import InvalidRequest
from certmark.domain.fleets import FleetMember
from certmark.places import state_home

RECORD = "fleet.json"
PAGE = "fleet.html"


def fleets_home() -> str:
    """The folder of all fleets."""
    return os.path.join(state_home(), "fleets")


def make_fleet_folder(fleet: str, wanted: str | None) -> str:
    """The folder of a new fleet.

    One that a person named must be empty or not there. Raises InvalidRequest or OSError.
    """
    folder = os.path.abspath(wanted) if wanted is not None else os.path.join(fleets_home(), fleet)
    if os.path.isdir(folder) and os.listdir(folder):
        raise InvalidRequest(f"{wanted} is not empty; name another --folder, or go on with --continue")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


def find_fleet(wanted: str) -> str:
    """The folder of the fleet that a person means, by id or folder. Raises InvalidRequest."""
    for folder in (os.path.join(fleets_home(), wanted) if os.sep not in wanted else wanted, os.path.abspath(wanted)):
        if os.path.isfile(os.path.join(folder, RECORD)):
            return os.path.abspath(folder)
    raise InvalidRequest(f"there is no fleet {wanted!r}; name the id or the folder of one")


def run_folder(fleet: str, member: FleetMember, taken: Collection[str]) -> str:
    """A folder for a run of `member` that is neither taken nor there."""
    word = re.sub(r"[^A-Za-z0-9.]+", "-", member.key).strip("-.")[:80] or "run"
    for number in range(1, 10_000):
        folder = os.path.join(fleet, word if number == 1 else f"{word}-{number}")
        if folder not in taken and not os.path.exists(folder):
            return folder
    raise InvalidRequest(f"{fleet} is full of runs; begin another fleet")


def log_of(folder: str) -> str:
    """The file of what a run's command says; beside the run, for a run that never begins leaves no folder."""
    return f"{folder}.log"
