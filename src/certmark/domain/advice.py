"""What a person may do next, as data: the command line, the server and a page each say it in their own words."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Action(Enum):
    """What may be done; the value says it in words that hold everywhere."""

    GO_ON_DESPITE = "mend it and begin again, or go on despite these findings"
    INSTALL_SUITE = "let the suite be installed, to look closer"
    LIST_FINDINGS = "see the ids of all findings"
    LOOK_AT_OWN_PROJECT = "look at your own project only"
    NAME_CLOUD = "name the cloud"
    NAME_OTHER_FILE = "name another file"
    NAME_OTHER_PLACE = "name another place, or have a copy kept of what is there"
    NAME_PROGRAM = "name a program"
    NAME_GUIDELINE = "name the guideline"
    NAME_OTHER_FOLDER = "name another folder"
    NAME_SUITE = "name a version of the suite, or a folder of its wheels"
    NAME_WAIVERS = "name the waivers"
    NARROW_REMOVAL = "name a run or a list of what may go, or say that other people's things may go, too"
    REMOVE_CREATED = "remove what the record names"
    REMOVE_CREATED_FIRST = "remove what the record names, or name another record"
    SHOW_ALL = "ask for everything"


class Advice(NamedTuple):
    """One thing that may be done."""

    action: Action
    subject: str = ""
    """What it is done with: a name, a path, an id; empty where the action says all."""

    def __str__(self) -> str:
        """In words that hold everywhere."""
        return f"{self.action.value}: {self.subject}" if self.subject else self.action.value
