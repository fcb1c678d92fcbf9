"""Bodies of sealed pages, those that were asked for last: a page of a run that is over is drawn once."""

from __future__ import annotations

from typing import NamedTuple

from certmark.server.services.sealed import Sealed

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
        self._kept, self._largest = Sealed(most), most // 8

    def get(self, tag: str) -> Body | None:
        """The body with this tag, where it is still here."""
        found = self._kept.get(tag)
        return found if isinstance(found, Body) else None

    def put(self, body: Body) -> None:
        """Keep it; the ones that nobody asked for go."""
        if len(body.content) <= self._largest:
            self._kept.keep(body.tag, body, len(body.content))


BODIES = Bodies()
"""Of this process."""
