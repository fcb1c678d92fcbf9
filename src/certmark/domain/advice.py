"""What a person may do next, as data: the command line, the server and a page each say it in their own words."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Action(Enum):
    """What may be done; the value says it in words that hold everywhere."""

    CLEAR_SANDBOX = "clear the sandbox's folder"
    MAKE_SANDBOX = "make a sandbox"
    RESUME_SANDBOX = "bring the sandbox up again"
    SHOW_SANDBOX_LOG = "look at the log of the service"
    NAME_SANDBOX_PROFILE = "name the profile of the sandbox"
    RESUME_FLEET = "go on with the fleet"
    NAME_PROGRAM = "name a program"
    NAME_GUIDELINE = "name the guideline"
    NAME_OTHER_FOLDER = "name another folder"
    NAME_WAIVERS = "name the waivers"
    SHOW_ALL = "ask for everything"


class Advice(NamedTuple):
    """One thing that may be done."""

    action: Action
    subject: str = ""
    """What it is done with: a name, a path, an id; empty where the action says all."""

    def __str__(self) -> str:
        """In words that hold everywhere."""
        return f"{self.action.value}: {self.subject}" if self.subject else self.action.value
