"""What was written wrong into RefStack's database, recognised and mended where there is one right answer.

1. UTF-8 that was written through a connection of latin1 stands there encoded twice; so it is decoded once more, as
   often as that gives UTF-8 again.
2. A name is one line without control characters; what is lost for good (U+FFFD) stays and is told.
3. A moment is `2016-03-04 05:06:07`, UTC, no earlier than RefStack and no later than now.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import NamedTuple
from uuid import UUID

LOST = "\ufffd"
_FIRST = dt.datetime(2012, 1, 1, tzinfo=dt.UTC)
"""Before there was any RefStack."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_TIMES = 3
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_SECOND = 1_000_000


class Mended(NamedTuple):
    """A text as it is taken."""

    text: str
    is_mended: bool = False
    """Rule 1 was needed."""
    has_losses: bool = False
    """Signs of it were lost before."""


def mended(text: str) -> Mended:
    """Rule 1."""
    found = text
    for _ in range(_TIMES):
        again = _decoded_once_more(found)
        if again is None:
            break
        found = again
    return Mended(found, is_mended=found != text, has_losses=LOST in found)


def line(text: str) -> Mended:
    """Rules 1 and 2."""
    found = mended(text)
    return found._replace(text=_CONTROL.sub(" ", found.text).strip())


def _decoded_once_more(text: str) -> str | None:
    if text.isascii():
        return None
    try:
        return b"".join(map(_byte, text)).decode("utf-8")
    except UnicodeError:
        return None


def _byte(sign: str) -> bytes:
    """As MySQL's latin1 has it: cp1252, and control characters where that has nothing."""
    try:
        return sign.encode("cp1252")
    except UnicodeEncodeError:
        return sign.encode("latin-1")


def moment(text: str | None, now: int) -> int | None:
    """Rule 3, in microseconds since 1970; None: it is none."""
    try:
        found = dt.datetime.fromisoformat(text or "").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    since = round((found - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).total_seconds() * _SECOND)
    return since if found >= _FIRST and since <= now else None


def is_uuid(text: str) -> bool:
    """Whether it is written as RefStack writes an id."""
    return _UUID.match(text) is not None


def identity_of(kind: str, old: str) -> bytes:
    """The id here of a thing that is in no order of time: its own, where that is one."""
    if is_uuid(old):
        return UUID(old).bytes
    return hashlib.sha256(f"refstack {kind} {old.lower()}".encode()).digest()[:16]


def run_identity(old: str, created: int) -> bytes:
    """The id here of a result: one that sorts by when it was made, the same each time and on every server."""
    rest = bytearray(hashlib.sha256(f"refstack run {old.lower()}".encode()).digest()[:10])
    rest[0] = 0x70 | rest[0] & 0x0F
    rest[2] = 0x80 | rest[2] & 0x3F
    return (created // 1000).to_bytes(6, "big") + bytes(rest)


def canonical_openid(openid: str) -> str:
    """The same for every form in which one person stands there.

    When the provider put a dot in the place of `%20`, some tables were rewritten and others were not; the database
    compares without case.
    """
    return openid.strip().replace("%20", ".").lower()
