"""RefStack's words for programs, from data: the programs themselves come from the guidelines."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).parents[2] / "data" / "refstack-targets.json"


class Targets(NamedTuple):
    """The table of data/refstack-targets.json."""

    platforms: dict[str, str]
    """From the name of a program, the target by which RefStack knew it."""
    later_names: dict[str, str]
    """The same for names that programs had after RefStack: people may use the word."""
    add_on_component_prefix: str
    """What stands before an add-on's target in the name of its component."""

    def word_of(self, name: str) -> str | None:
        """The word for the program of this name, whether RefStack knew it or not."""
        return self.platforms.get(name) or self.later_names.get(name)

    def names_of(self, target: str) -> tuple[str, ...]:
        """The names of the program that RefStack called `target`."""
        names = {**self.platforms, **self.later_names}
        return tuple(name for name, word in names.items() if word == target)

    def of_component(self, name: str) -> str | None:
        """The target for an add-on's component."""
        prefix = self.add_on_component_prefix
        return name.removeprefix(prefix) or None if name.startswith(prefix) else None


@cache
def targets() -> Targets:
    """The table, read once."""
    table = json.loads(_FILE.read_bytes())
    return Targets(table["platforms"], table["later_names"], table["add_on_component_prefix"])
