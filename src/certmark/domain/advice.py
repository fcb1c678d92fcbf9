"""What a person may do next, as data: the command line, the server and a page each say it in their own words."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple


class Action(Enum):
    """What may be done; the value says it in words that hold everywhere."""

    LIST_RULES = "list the rules"
    MEND = "mending"
    NAME_PREDECESSOR = "name the earlier file"
    NAME_PROGRAM = "name a program"
    NAME_GUIDELINE = "name the guideline"
    NAME_OTHER_FOLDER = "name another folder"
    NAME_WAIVERS = "name the waivers"
    SHOW_ALL = "ask for everything"
    SHOW_FINDINGS = "ask for every finding, for those of one rule, or for what a rule means"
    SHOW_GUIDELINE = "show the guideline"
    SHOW_NOTES = "ask for notes, too"
    WRITE_BASELINE = "write the baseline again"


class Advice(NamedTuple):
    """One thing that may be done."""

    action: Action
    subject: str = ""
    """What it is done with: a name, a path, an id; empty where the action says all."""

    def __str__(self) -> str:
        """In words that hold everywhere."""
        return f"{self.action.value}: {self.subject}" if self.subject else self.action.value


Words = Callable[[Advice], str]
"""How an edge says an advice: what shows a report is given it, and `str` says it for all."""
