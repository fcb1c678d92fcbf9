"""Bodies of sealed pages, those that were asked for last: a page of a run that is over is drawn once."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

_MOST = 32 << 20
"""Bytes that a process keeps."""


class Body(NamedTuple):
    """An answer that may be given again."""

    content: bytes
    form: str
    tag: str
    """The ETag; everything is in it of which the content was made, and for whom."""
    headers: dict[str, str]


class Bodies:
    """Some of them; any number may ask at the same time."""

    def __init__(self, most: int = _MOST) -> None:
        self._bodies: OrderedDict[str, Body] = OrderedDict()
        self._most, self._size, self._guard = most, 0, Lock()

    def get(self, tag: str) -> Body | None:
        """The body with this tag, where it is still here."""
        with self._guard:
            found = self._bodies.get(tag)
            if found is not None:
                self._bodies.move_to_end(tag)
            return found

    def put(self, body: Body) -> None:
        """Keep it; the ones that nobody asked for go."""
        if len(body.content) > self._most // 8:
            return
        with self._guard:
            before = self._bodies.pop(body.tag, None)
            self._size += len(body.content) - (len(before.content) if before else 0)
            self._bodies[body.tag] = body
            while self._size > self._most:
                _, oldest = self._bodies.popitem(last=False)
                self._size -= len(oldest.content)


BODIES = Bodies()
"""Of this process."""
