"""SHA-256 of a long content while the next piece of it is unpacked: both leave the interpreter to others."""

from __future__ import annotations

import hashlib
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Self

_WAITING = 4
"""Blocks that may wait to be hashed: memory stays flat."""


class Hasher:
    """A digest that is computed in a thread of its own from the second block on; complete when the context ends."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._blocks: SimpleQueue[bytes | None] = SimpleQueue()
        self._room = Semaphore(_WAITING)
        self._thread: Thread | None = None
        self._first: bytes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._thread is not None:
            self._blocks.put(None)
            self._thread.join()
        elif self._first is not None:
            self._digest.update(self._first)

    def update(self, block: bytes) -> None:
        """Go on with `block`."""
        if self._first is None:
            self._first = block  # most members have one block: no thread for them
            return
        if self._thread is None:
            self._thread = Thread(target=self._work, daemon=True)
            self._thread.start()
            self._put(self._first)
        self._put(block)

    def hexdigest(self) -> str:
        """Once the context has ended."""
        return self._digest.hexdigest()

    def _put(self, block: bytes) -> None:
        self._room.acquire()
        self._blocks.put(block)

    def _work(self) -> None:
        while (block := self._blocks.get()) is not None:
            self._digest.update(block)
            self._room.release()
