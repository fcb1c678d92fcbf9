"""Which file the results of a slot go to."""

from __future__ import annotations

import re
from pathlib import Path


class StreamNames:
    """Which file a slot's results go to: never one that is there already, for evidence is only appended to."""

    def __init__(self, folder: Path, ending: str) -> None:
        self.folder = folder
        self._ending = ending
        self._of: dict[int, str] = {}
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(found[1]) for path in folder.iterdir() if (found := re.match(r"w\d+-a(\d+)\.", path.name))]
        self._next = max(numbers, default=0) + 1

    def of(self, slot: int) -> str:
        """The file of `slot`."""
        if slot not in self._of:
            self._of[slot] = f"w{slot}-a{self._next}.{self._ending}"
        return self._of[slot]

    def used(self, slot: int) -> None:
        """A group wrote to the file of `slot`; where each group writes one, the next group needs another."""
        if self._ending != "subunit":
            self.renew(slot)

    def renew(self, slot: int) -> None:
        """The file of `slot` may be torn: the next group gets another."""
        if self._of.pop(slot, None) is not None:
            self._next += 1
