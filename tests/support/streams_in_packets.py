"""Streams of subunit v2, written packet by packet."""

from __future__ import annotations

import struct
import zlib


def number(value: int) -> bytes:
    return struct.pack(">I", value | 0x800000)[1:]


def packet(name: str, *, status: int = 0, piece: tuple[str, bytes] | None = None) -> bytes:
    """One packet of subunit v2."""
    body = number(len(name)) + name.encode()
    flags = 0x2900 | status
    if piece is not None:
        flags |= 0x0040
        body += number(len(piece[0])) + piece[0].encode() + number(len(piece[1])) + piece[1]
    head = struct.pack(">BH", 0xB3, flags) + number(len(body) + 10) + body
    return head + struct.pack(">I", zlib.crc32(head))
