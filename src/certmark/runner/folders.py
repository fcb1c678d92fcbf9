"""Where runs lie, and which one a person means."""

from __future__ import annotations

import os
import re
import secrets
import time

from certmark.domain.errors import InvalidRequest
from certmark.places import state_home
from certmark.runner.journal import NAME

GUIDELINE = "guideline"
"""The folder of a run in which the guideline lies, as it was."""
CONFIGURATION = "suite"
"""The folder of a run in which the suite's configuration lies."""
_ID = re.compile(r"\d{8}-\d{6}-.+-[0-9a-f]{4}\Z")


def runs_home() -> str:
    """The folder of all runs."""
    return os.path.join(state_home(), "runs")


def new_id(label: str) -> str:
    """An id for a run that begins now: when, on which cloud, and something that tells it from others."""
    word = re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-")[:40] or "cloud"
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{word}-{secrets.token_hex(2)}"


def make_folder(run: str, wanted: str | None) -> str:
    """The folder of a new run; one that a person named must be empty or not there. Raises InvalidRequest or OSError."""
    folder = os.path.abspath(wanted) if wanted is not None else os.path.join(runs_home(), run)
    if os.path.isdir(folder) and os.listdir(folder):
        what = (
            "has a run in it; go on with certmark resume, or"
            if os.path.exists(os.path.join(folder, NAME))
            else "is not empty;"
        )
        raise InvalidRequest(f"{wanted} {what} name another --folder")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


def folder_of(run: str) -> str:
    """The folder of a run that a person names by its path or id. Raises InvalidRequest."""
    return run if os.path.isdir(run) else find_run(run)


def find_run(wanted: str | None) -> str:
    """The folder of the run that a person means: by id, by folder, or the last one. Raises InvalidRequest."""
    home = runs_home()
    if wanted is None:
        ids = sorted(name for name in _listed(home) if _ID.match(name))
        if not ids:
            raise InvalidRequest("there is no run yet; begin one with certmark run, or name a run's folder")
        return os.path.join(home, ids[-1])
    for folder in (os.path.join(home, wanted) if os.sep not in wanted else wanted, os.path.abspath(wanted)):
        if os.path.exists(os.path.join(folder, NAME)):
            return os.path.abspath(folder)
    raise InvalidRequest(f"there is no run {wanted!r}; name the id or the folder of one")


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
