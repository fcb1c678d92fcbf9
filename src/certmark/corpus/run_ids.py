"""The ids of runs, 16 bytes each, by their places; and the place of an id, without looking through all of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_SIZE = 16
_SHELF = 1 << 16
"""Ids that are sorted together, once they are so many."""


class RunIds:
    """Only ever added to; an id may come again, and then means the last place."""

    def __init__(self) -> None:
        self._full: list[bytes] = []
        """The ids of full shelves, one behind the other."""
        self._sorted: list[tuple[NDArray[np.uint64], NDArray[np.int64]] | None] = []
        """Of each full shelf its ids in their order and their places in it; None: nobody asked yet."""
        self._last = bytearray()
        self._places: dict[bytes, int] = {}
        """Of the last shelf."""

    def __len__(self) -> int:
        return len(self._full) * _SHELF + len(self._last) // _SIZE

    def __getitem__(self, place: int) -> bytes:
        shelf, within = divmod(place, _SHELF)
        ids = self._full[shelf] if shelf < len(self._full) else self._last
        return bytes(ids[within * _SIZE : (within + 1) * _SIZE])

    def add(self, ids: Iterable[bytes]) -> None:
        """Behind the others."""
        for one in ids:
            self._places[one] = len(self._last) // _SIZE
            self._last += one
            if len(self._last) == _SHELF * _SIZE:
                self.add_shelf(bytes(self._last))
                self._last, self._places = bytearray(), {}

    def add_shelf(self, ids: bytes) -> None:
        """A whole shelf at once; nothing may stand in the last one."""
        self._full.append(ids)
        self._sorted.append(None)

    def shelf(self, number: int) -> bytes:
        """The ids of a full shelf."""
        return self._full[number]

    def places(self, ids: Iterable[bytes]) -> dict[bytes, int]:
        """Where those are that are there."""
        wanted = list(dict.fromkeys(ids))
        first = len(self._full) * _SHELF
        found = {one: first + self._places[one] for one in wanted if one in self._places}
        left = [one for one in wanted if one not in found]
        for number in range(len(self._full) - 1, -1, -1):
            if not left:
                break
            found.update(self._on_shelf(number, left))
            left = [one for one in left if one not in found]
        return found

    def _on_shelf(self, number: int, wanted: list[bytes]) -> dict[bytes, int]:
        held = self._sorted[number]
        if held is None:
            # Two halves as numbers: numpy sorts no bytes that may end with zeros.
            halves = np.frombuffer(self._full[number], ">u8").reshape(-1, 2).astype(np.uint64)
            order = np.lexsort((np.arange(len(halves)), halves[:, 1], halves[:, 0]))
            held = self._sorted[number] = halves[order], order
        halves, order = held
        asked = np.frombuffer(b"".join(wanted), ">u8").reshape(-1, 2).astype(np.uint64)
        starts = np.searchsorted(halves[:, 0], asked[:, 0], side="left")
        ends = np.searchsorted(halves[:, 0], asked[:, 0], side="right")
        found = {}
        for nth in map(int, np.flatnonzero(starts < ends)):
            start, end, low = int(starts[nth]), int(ends[nth]), asked[nth, 1]
            place = start + int(np.searchsorted(halves[start:end, 1], low, side="right")) - 1
            if place >= start and halves[place, 1] == low:
                found[wanted[nth]] = number * _SHELF + int(order[place])
        return found
