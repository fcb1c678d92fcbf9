"""Attachments that a stream of subunit v2 has in several packets, put together.

A secret may lie across their borders.
"""

from __future__ import annotations

import mmap
import struct
from bisect import bisect_right
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from certmark.evidence.secrets.search import OVERLAP, STEP
from certmark.formats.results.subunit.packets import (
    FILE,
    MAX_PACKET,
    SHORTEST,
    SIGNATURE,
    VERSION,
    Malformed,
    Packet,
    checksum,
    number,
    parse,
)

_VERSION_BITS = 0xF000
_HEAD = 1 << 12
_MOST_PIECES = 100_000
"""Pieces remembered at once; with more, all that are known are looked at and forgotten."""
_FIRST_FINAL = 3
"""Of subunit's statuses: from here on a test has ended."""

_Key = tuple[bytes | None, bytes | None, bytes | None]
_Place = tuple[int, int]
"""Where a piece begins and ends in the stream."""


class JoinedAttachment(NamedTuple):
    """A part of an attachment, without what the stream has between its pieces."""

    text: bytes
    starts: tuple[int, ...]
    """Where each piece begins in `text`."""
    places: tuple[int, ...]
    """Where each begins in the stream."""

    def in_stream(self, start: int, end: int) -> Iterator[_Place]:
        """Where the bytes from `start` to `end` of the text stand in the stream, piece by piece."""
        at = bisect_right(self.starts, start) - 1
        while start < end:
            stop = min(end, self.starts[at + 1] if at + 1 < len(self.starts) else end)
            place = self.places[at] + start - self.starts[at]
            yield place, place + stop - start
            start, at = stop, at + 1


def join_attachments(file: BinaryIO) -> Iterator[JoinedAttachment]:
    """The attachments in several pieces of the stream `file`, a real file; long ones in parts that overlap."""
    try:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError:  # empty
        return
    with content:
        for places in _in_pieces(content):
            yield from _parts(content, places)


def end_of_packet(content: mmap.mmap, place: int) -> int | None:
    """Where the packet that begins at `place` ends; None where there is no sound one."""
    head = content[place : place + SHORTEST]
    if len(head) < SHORTEST or head[0] != SIGNATURE or struct.unpack_from(">H", head, 1)[0] & _VERSION_BITS != VERSION:
        return None
    try:
        size, _ = number(head, 3)
    except (IndexError, ValueError, struct.error):
        return None
    if not SHORTEST <= size <= min(MAX_PACKET, len(content) - place):
        return None
    end = place + size
    with memoryview(content) as view, view[place : end - 4] as body:
        total = checksum(body)
    return end if content[end - 4 : end] == struct.pack(">I", total) else None


def _in_pieces(content: mmap.mmap) -> Iterator[list[_Place]]:
    """The places of each attachment that has more than one, which begins anew when its test has ended."""
    known: dict[_Key, list[_Place]] = {}
    count = 0
    for packet, place in _packets(content):
        if packet.length:
            known.setdefault((packet.test, packet.route, packet.file), []).append((place, place + packet.length))
            count += 1
        if packet.status >= _FIRST_FINAL:
            ended = [key for key in known if key[0] == packet.test] if packet.test is not None else []
        else:
            ended = list(known) if count >= _MOST_PIECES else []
        for key in ended:
            places = known.pop(key)
            count -= len(places)
            if len(places) > 1:
                yield places
    yield from (places for places in known.values() if len(places) > 1)


def _packets(content: mmap.mmap) -> Iterator[tuple[Packet, int]]:
    """The sound packets with an attachment or an end, each with where its attachment begins in the stream."""
    place = 0
    while 0 <= place < len(content):
        end = end_of_packet(content, place)
        if end is None:
            place = content.find(bytes([SIGNATURE]), place + 1)
            continue
        packet = _parsed(content, place, end)
        if packet is not None:
            yield packet, place + packet.content
        place = end


def _parsed(content: mmap.mmap, place: int, end: int) -> Packet | None:
    flags = struct.unpack_from(">H", content, place + 1)[0]
    if not flags & FILE and flags & 7 < _FIRST_FINAL:
        return None
    for size in (min(end - place, _HEAD), end - place):
        try:
            return parse(content[place : place + size], end - place)
        except (Malformed, struct.error):
            continue
    return None


def _parts(content: mmap.mmap, places: list[_Place]) -> Iterator[JoinedAttachment]:
    held: list[_Place] = []
    size = 0
    for n, (start, end) in enumerate(places):
        held.append((start, end))
        size += end - start
        if size >= STEP + OVERLAP or n == len(places) - 1:
            yield _joined(content, held)
            while size - (held[0][1] - held[0][0]) >= OVERLAP:
                size -= held[0][1] - held[0][0]
                del held[0]


def _joined(content: mmap.mmap, places: list[_Place]) -> JoinedAttachment:
    starts, at = [], 0
    for start, end in places:
        starts.append(at)
        at += end - start
    text = b"".join([content[start:end] for start, end in places])
    return JoinedAttachment(text, tuple(starts), tuple(start for start, _ in places))
