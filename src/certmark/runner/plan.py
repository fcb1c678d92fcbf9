"""What is run together: whole classes, the longest first.

A class's fixtures are set up once for all its tests, so a class is never divided.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from certmark.domain.identity import class_of, split
from certmark.runner.timings import Timings


class Group(NamedTuple):
    """Tests of one class, run one after the other by one worker."""

    name: str
    """The dotted name of the class."""
    tests: tuple[str, ...]
    """Full ids, as the suite lists them."""
    expected: float
    """Seconds, fixtures included."""


def plan_groups(full_ids: Iterable[str], timings: Timings) -> tuple[Group, ...]:
    """Groups of `full_ids`, longest first; an id that is named twice is run once."""
    classes: dict[str, dict[str, None]] = {}
    for full in full_ids:
        classes.setdefault(class_of(split(full).name), {})[full] = None
    groups = [Group(name, tuple(tests), timings.expected(name, tests)) for name, tests in classes.items()]
    return longest_first(groups)


def longest_first(groups: Iterable[Group]) -> tuple[Group, ...]:
    """`groups` by falling expectation; equal ones by name, so that the order is the same everywhere."""
    return tuple(sorted(groups, key=lambda group: (-group.expected, group.name)))
