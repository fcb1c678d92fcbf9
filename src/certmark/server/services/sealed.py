"""What was made of bytes that never change, kept in memory for whoever looks next: bounded, the oldest goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

_LARGEST = 64 << 20


class Sealed:
    """By what it was made of; any number may ask at the same time, and two may make the same."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self._found: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._left = self._largest = largest
        self._guard = threading.Lock()

    def get(self, key: Hashable) -> object | None:
        """What was kept; None: it was not, or is gone."""
        with self._guard:
            kept = self._found.get(key)
            if kept is None:
                return None
            self._found.move_to_end(key)
            return kept[0]

    def keep(self, key: Hashable, value: object, size: int) -> None:
        """Keep it, where there is room for something of this size."""
        with self._guard:
            self._left += self._found.pop(key, (None, 0))[1]
            if size > self._largest // 4:
                return
            self._found[key] = (value, size)
            self._left -= size
            while self._left < 0:
                self._left += self._found.popitem(last=False)[1][1]
