"""Packets of subunit v2: where they begin and end, whether they are sound, what they say.

The format: `0xb3`, flags (16 bits, version 2 in the top four), the length of the whole packet,
then what the flags announce, in this order: time, test id, tags, mime type, attachment, route
code; and last the CRC-32 of everything before it. Numbers are big-endian; a variable number has
its own length in its top two bits. https://github.com/testing-cabal/subunit#version-2
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Callable
from io import FileIO
from typing import BinaryIO, Final, NamedTuple

try:  # measured: 17 GB/s against 4.7 of zlib; the check is most of the work on large attachments
    from isal.isal_zlib import crc32
except ImportError:
    from zlib import crc32

checksum: Final[Callable[[memoryview], int]] = crc32
"""The CRC-32 of a part of a stream."""

SIGNATURE: Final = 0xB3
VERSION: Final = 0x2000
ROUTE: Final = 0x0400
TEST: Final = 0x0800
TIME: Final = 0x0200
RUNNABLE: Final = 0x0100
TAGS: Final = 0x0080
FILE: Final = 0x0040
MIME: Final = 0x0020
EOF: Final = 0x0010
STATUS: Final = 0x0007

STATUSES: Final = (None, "exists", "inprogress", "success", "uxsuccess", "skip", "fail", "xfail")
"""By the number in the flags."""

MAX_PACKET: Final = (1 << 22) - 1
"""Bytes of the longest packet: its length has at most three bytes."""
SHORTEST: Final = 8
"""Bytes of the shortest packet: signature, flags, length, checksum."""
WINDOW: Final = 1 << 18
"""Bytes read at once; fits the cache of a processor beside everything else."""

_STRIDE: Final = 1 << 20
"""Bytes of a file looked at between two times of giving memory back."""

# What a packet begins with: signature, version 2, the reserved bit clear.
_BEGINNING = rb"\xb3[\x20-\x2f][%b]" % b"".join(b"\\x%02x" % n for n in range(256) if not n & 8)

_TWO, _THREE, _FOUR = 0x40, 0x80, 0xC0
"""What the first byte of a variable number is at least, by its length."""
_U16 = struct.Struct(">H").unpack_from
_U32 = struct.Struct(">I").unpack_from


class Malformed(ValueError):
    """A packet whose fields do not fit into it."""


class Packet(NamedTuple):
    """One packet, its texts still bytes."""

    status: int
    """A number of `STATUSES`."""
    time: int | None
    """Nanoseconds since 1970."""
    test: bytes | None
    tags: tuple[bytes, ...] | None
    tag_bytes: bytes
    """The tags as the stream writes them."""
    mime: bytes
    file: bytes | None
    """The name of the attachment; None where there is none."""
    content: int
    """Where the attachment begins, counted from the beginning of the packet."""
    length: int
    """Bytes of the attachment."""
    route: bytes | None


def window_on(stream: BinaryIO) -> Window:
    """A window on all of `stream`, which is at its beginning: the file itself where it is one.

    The kernel ends a process that looks at a part of a mapped file which others have just cut off, so
    the file is asked for its size before every stride.
    """
    if isinstance(stream, FileIO):
        try:
            # Measured on 300 MB: checking the kernel's own pages takes half the time of copying and checking.
            return _Mapped(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError):  # an empty file, or one that cannot be mapped
            pass
    return Window(stream)


class Window:
    """A part of a stream in memory, which moves along it.

    `position` is the next byte to look at and `limit` the end of what is there, both in `buffer`;
    `base` is where `buffer` begins in the stream. The buffer grows only if one packet asks for it.
    """

    __slots__ = ("_stream", "base", "buffer", "limit", "position", "view")

    buffer: bytearray | mmap.mmap

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.base = self.position = self.limit = 0
        self._hold(WINDOW)

    def _hold(self, size: int) -> None:
        self.buffer = bytearray(size)
        self.view = memoryview(self.buffer)

    def close(self) -> None:
        """Give the memory back; the stream stays open."""
        self.view.release()

    @property
    def offset(self) -> int:
        """Where `position` is in the stream."""
        return self.base + self.position

    def has(self, count: int) -> bool:
        """Bring `count` bytes after `position` into memory; False where the stream ends before."""
        while self.limit - self.position < count:
            if self.limit == len(self.view) or self.position + count > len(self.view):
                self._move(count)
            got = self._stream.readinto(self.view[self.limit :])  # type: ignore[attr-defined]  # Source promises it
            if not got:
                return False
            self.limit += got
        return True

    def _move(self, count: int) -> None:
        """Bring `position` to the beginning of a buffer that has room for `count` bytes."""
        old, kept = self.view, self.limit - self.position
        if count > len(old):
            self._hold(min(max(count, 2 * len(old)), MAX_PACKET + WINDOW))
        self.view[:kept] = old[self.position : self.limit]
        self.base += self.position
        self.position, self.limit = 0, kept

    @property
    def end(self) -> int:
        """Where what is in memory ends in the stream."""
        return self.base + self.limit

    @property
    def is_at_signature(self) -> bool:
        """Whether a packet may have been meant at `position`. One byte must be there."""
        return self.buffer[self.position] == SIGNATURE

    def find_beginning(self) -> bool:
        """Move `position` to the next byte that may begin a packet; False at the stream's end."""
        while True:
            found = re.compile(_BEGINNING).search(self.buffer, self.position, self.limit)
            if found is not None:
                self.position = found.start()
                return True
            self.position = max(self.position, self.limit - 2)
            if not self.has(3):
                self.position = self.limit
                return False

    def packet_size(self) -> int:
        """The length that the packet at `position` claims; 0 for one that cannot be. Six bytes must be there."""
        if not self.is_at_signature or self.buffer[self.position + 1] & 0xF0 != VERSION >> 8:
            return 0
        first, at = self.buffer[self.position + 3], self.position + 3
        if first < _TWO:
            size = first
        elif first < _THREE:
            size = _U16(self.buffer, at)[0] & 0x3FFF
        elif first < _FOUR:
            size = _U32(self.buffer, at)[0] >> 8 & 0x3FFFFF
        else:
            size = 0
        return size if size >= SHORTEST else 0

    def is_sound(self, size: int) -> bool:
        """Whether the checksum of the packet of `size` bytes at `position` is right."""
        end = self.position + size - 4
        return bool(checksum(self.view[self.position : end]) == _U32(self.buffer, end)[0])


class _Mapped(Window):
    """A window on a file that the kernel shows in memory; pages that were passed are given back."""

    __slots__ = ("_given_back", "_map")

    def __init__(self, mapped: mmap.mmap) -> None:
        if hasattr(mmap, "MADV_NOHUGEPAGE"):
            mapped.madvise(mmap.MADV_NOHUGEPAGE)  # else 4 MiB are in memory at once, for no gain in time
        self.buffer = self._map = mapped
        self.view = memoryview(mapped)
        self.base = self.position = self.limit = self._given_back = 0

    def has(self, count: int) -> bool:
        if self.limit - self.position < count:
            self._give_back(self.position & -mmap.ALLOCATIONGRANULARITY)
            self.limit = min(len(self.view), self._map.size(), self.position + max(count, _STRIDE))
        return self.limit - self.position >= count

    def _give_back(self, end: int) -> None:
        if end > self._given_back and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED, self._given_back, end - self._given_back)
            self._given_back = end

    def close(self) -> None:
        super().close()
        self._map.close()


def number(packet: bytes | bytearray | memoryview, at: int) -> tuple[int, int]:
    """The variable number at `at`, and where it ends. Raises Malformed."""
    try:
        first = packet[at]
        if first < _TWO:
            return first, at + 1
        if first < _THREE:
            return _U16(packet, at)[0] & 0x3FFF, at + 2
        if first < _FOUR:
            return (first & 0x3F) << 16 | _U16(packet, at + 1)[0], at + 3
        return _U32(packet, at)[0] & 0x3FFFFFFF, at + 4
    except (IndexError, struct.error) as error:
        raise Malformed("a number extends past the end") from error


def parse(packet: bytes | memoryview, size: int) -> Packet:
    """What a sound packet says; `packet` may be its first part, as long as that reaches the attachment.

    `size` is the length of the whole. Raises Malformed.
    """
    flags = _U16(packet, 1)[0]
    _, at = number(packet, 3)
    time, at = _time(packet, at) if flags & TIME else (None, at)
    test, at = _text(packet, at) if flags & TEST else (None, at)
    start = at
    tags, at = _tags(packet, at) if flags & TAGS else (None, at)
    tag_bytes = bytes(packet[start:at])
    mime, at = _text(packet, at) if flags & MIME else (b"", at)
    file, length = None, 0
    if flags & FILE:
        file, at = _text(packet, at)
        length, at = number(packet, at)
    content, at = at, at + length
    if at > size - 4:
        raise Malformed("the attachment extends past the end")
    route = _text(packet, at)[0] if flags & ROUTE and at < len(packet) else None
    return Packet(flags & STATUS, time, test, tags, tag_bytes, mime, file, content, length, route)


def _time(packet: bytes | memoryview, at: int) -> tuple[int, int]:
    if at + 5 > len(packet):
        raise Malformed("the time extends past the end")
    nanoseconds, end = number(packet, at + 4)
    return _U32(packet, at)[0] * 1_000_000_000 + nanoseconds, end


def _text(packet: bytes | memoryview, at: int) -> tuple[bytes, int]:
    length, at = number(packet, at)
    text = bytes(packet[at : at + length])
    if len(text) != length:
        raise Malformed("a text extends past the end")
    return text, at + length


def _tags(packet: bytes | memoryview, at: int) -> tuple[tuple[bytes, ...], int]:
    count, at = number(packet, at)
    if count > len(packet) - at:
        raise Malformed("more tags than bytes")
    tags = []
    for _ in range(count):
        tag, at = _text(packet, at)
        tags.append(tag)
    return tuple(tags), at
