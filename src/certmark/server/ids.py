"""Ids of what a server keeps: 16 bytes, version 7 of UUIDs (RFC 9562 5.7), so that later ones sort behind earlier ones.

People and URLs see them as UUIDs are written.
"""

from __future__ import annotations

import secrets
from uuid import UUID


def new_id(moment: int) -> bytes:
    """An id that was made at `moment`, in microseconds since 1970; the rest is random."""
    milliseconds = (moment // 1000).to_bytes(6, "big")
    random = bytearray(secrets.token_bytes(10))
    random[0] = 0x70 | random[0] & 0x0F
    random[2] = 0x80 | random[2] & 0x3F
    return milliseconds + bytes(random)


def written(identity: bytes) -> str:
    """As people see it."""
    return str(UUID(bytes=identity))


def read(text: str) -> bytes:
    """As it was `written`. Raises ValueError."""
    if len(text) != 36:
        raise ValueError("an id has 36 characters")
    return UUID(text).bytes


def beginning(text: str) -> tuple[bytes, bytes]:
    """The least and the greatest id that is written with `text` at its beginning."""
    digits = text.replace("-", "")[:32]
    return bytes.fromhex(digits.ljust(32, "0")), bytes.fromhex(digits.ljust(32, "f"))


def moment_of(identity: bytes) -> int:
    """When it was made, in microseconds since 1970, to the millisecond."""
    return int.from_bytes(identity[:6], "big") * 1000


def first_of(moment: int) -> bytes:
    """Not greater than any id of the millisecond of `moment`, and greater than all before."""
    return max(0, min(moment // 1000, (1 << 48) - 1)).to_bytes(6, "big") + bytes(10)
