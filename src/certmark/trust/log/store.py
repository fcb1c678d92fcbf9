"""What a log needs of whatever keeps it: files now, the server's database later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class NewEntry(NamedTuple):
    """An entry to be appended."""

    data: bytes
    hashes: tuple[bytes, ...]
    """Of the subtrees that it completes: its leaf first, then level 1, …"""


class LogStore(Protocol):
    """Entries and the hashes of complete subtrees, only ever appended to.

    What was appended is on the disk when `append` returns; where it is interrupted, none of the
    entries or the first of them count. One process writes at a time; others may read meanwhile.
    """

    @property
    def size(self) -> int:
        """How many entries there are."""

    def entry(self, index: int) -> bytes:
        """The content of an entry. Raises IndexError; LogDamaged or OSError where it cannot be read."""

    def hash(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree. Raises IndexError; LogDamaged or OSError."""

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Append in this order. Raises LogBusy, LogDamaged or OSError."""

    def checkpoint(self) -> bytes | None:
        """The last checkpoint that was signed, if any."""

    def keep_checkpoint(self, note: bytes) -> None:
        """Keep a checkpoint before anybody sees it. Raises OSError."""


class MemoryStore:
    """A store that forgets when the process ends: for tests, and to try things."""

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._levels: list[list[bytes]] = []
        self._checkpoint: bytes | None = None

    @property
    def size(self) -> int:
        """As the protocol says."""
        return len(self._entries)

    def entry(self, index: int) -> bytes:
        """As the protocol says."""
        return self._entries[_natural(index)]

    def hash(self, level: int, index: int) -> bytes:
        """As the protocol says."""
        return self._levels[_natural(level)][_natural(index)]

    def append(self, entries: Sequence[NewEntry]) -> None:
        """As the protocol says."""
        for entry in entries:
            self._entries.append(entry.data)
            for level, found in enumerate(entry.hashes):
                if level == len(self._levels):
                    self._levels.append([])
                self._levels[level].append(found)

    def checkpoint(self) -> bytes | None:
        """As the protocol says."""
        return self._checkpoint

    def keep_checkpoint(self, note: bytes) -> None:
        """As the protocol says."""
        self._checkpoint = note


def _natural(number: int) -> int:
    if number < 0:
        raise IndexError(number)
    return number
