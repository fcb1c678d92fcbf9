"""A run that is only planned, as it is shown."""

from __future__ import annotations

from typing import NamedTuple

from certmark.runner.plan import Group, makespan
from certmark.runner.selection import Selection


class PlannedRun(NamedTuple):
    """What a run would do."""

    guideline: str
    """Its id."""
    programs: tuple[str, ...]
    cloud: str
    suite: str
    """Its title and version."""
    selection: Selection
    groups: tuple[Group, ...]
    """The classes, in the order in which they would begin."""
    workers: int
    """Classes at a time."""
    users: int | None
    """How many users its file of accounts has; None: it has none, and the suite makes its own or needs none."""

    @property
    def seconds(self) -> float:
        """How long the tests would take, as far as earlier runs tell."""
        return makespan(self.groups, self.workers, lambda group: group.expected)
