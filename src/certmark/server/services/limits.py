"""How often whoever asks may ask, a bucket of tokens each that is filled again all the time; how much they may have.

Each process counts for itself: behind several processes the limit is as many times as high.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from certmark.server.services.errors import OverQuota, TooOften
from certmark.server.store import runs
from certmark.server.store.database import Database

_MOST = 100_000
"""Buckets that are kept; the one that was asked for longest ago goes, and was full by then or is forgiven."""
_MINUTE = 60.0
_HOUR = 3600.0
_RECOUNTED = 60.0
"""Seconds after which what somebody has is counted again; in between several processes see a little too little."""


class Quotas:
    """How much each identity has here, counted now and then, and what this process received of them since."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._known: OrderedDict[bytes, tuple[int, float]] = OrderedDict()

    def take(self, database: Database, most: int, identity: bytes, size: int) -> None:
        """Count `size` bytes more, of at most `most`. Raises OverQuota."""
        with self._guard:
            kept, moment = self._known.pop(identity, (0, -_RECOUNTED))
        if self._clock() - moment >= _RECOUNTED or kept + size > most:
            with database.read() as transaction:
                kept = runs.bytes_of(transaction, identity)
            moment = self._clock()
        if kept + size > most:
            raise OverQuota(f"your runs may have {most:,} bytes together, and with this one they have {kept + size:,}")
        with self._guard:
            self._known[identity] = (kept + size, moment)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)


class Seldom:
    """Whether something is to be said of somebody again: once an hour at most, in this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._said: OrderedDict[bytes, float] = OrderedDict()

    def is_due(self, who: bytes) -> bool:
        """Asked by who says it then."""
        now = self._clock()
        with self._guard:
            before = self._said.get(who)
            if before is not None and now - before < _HOUR:
                return False
            self._said[who] = now
            self._said.move_to_end(who)
            while len(self._said) > _MOST:
                self._said.popitem(last=False)
        return True


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
