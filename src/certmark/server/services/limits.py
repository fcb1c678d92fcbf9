"""How often whoever asks may ask: a bucket of tokens each, filled again all the time.

Each process counts for itself: behind several processes the limit is as many times as high.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from certmark.server.services.errors import TooOften

_MOST = 100_000
"""Buckets that are kept; the one that was asked for longest ago goes, and was full by then or is forgiven."""
_MINUTE = 60.0


class Buckets:
    """Of every identity, and of every network that strangers come from."""

    def __init__(self, requests: int, uploads: int, clock: Callable[[], float] = time.monotonic) -> None:
        """So many of each in a minute, and at once."""
        self._sizes = {False: requests, True: uploads}
        self._clock = clock
        self._guard = threading.Lock()
        self._levels: OrderedDict[tuple[bytes, bool], tuple[float, float]] = OrderedDict()

    def take(self, who: bytes, *, is_upload: bool) -> None:
        """Count a request. Raises TooOften."""
        with self._guard:
            self._take(who, is_upload=False)
            if is_upload:
                self._take(who, is_upload=True)

    def _take(self, who: bytes, *, is_upload: bool) -> None:
        size, now, key = self._sizes[is_upload], self._clock(), (who, is_upload)
        level, moment = self._levels.pop(key, (float(size), now))
        level = min(size, level + (now - moment) * size / _MINUTE)
        if level < 1:
            self._levels[key] = (level, now)
            seconds = math.ceil((1 - level) * _MINUTE / size) if size else 3600
            what = "uploads" if is_upload else "requests"
            raise TooOften(f"at most {size:,} {what} in a minute are taken from one sender; wait {seconds} s", seconds)
        self._levels[key] = (level - 1, now)
        while len(self._levels) > _MOST:
            self._levels.popitem(last=False)

    @staticmethod
    def network(address: str) -> bytes:
        """A stranger's, as far as one person commonly has it: the address, or a /64 of IPv6."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return address.encode()
        return found.packed if found.version == 4 else found.packed[:8]
