"""The texts in a file, as whoever reads them sees them, and where each byte of them stands.

Of a stream of subunit v2 these are the attachments, put together of their packets and without heads and
checksums; what is packed in one of them; the names in the packets; and whatever else lies between. Of any other
file it is the file. Many short ones come together, apart by what no secret has in it; long ones in parts that
overlap, each with what of it is to be told.
"""

from __future__ import annotations

import io
import mmap
import re
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from certmark.formats.results.subunit.packets import (
    MAX_PACKET,
    SHORTEST,
    Malformed,
    Packet,
    checksum,
    number,
    parse,
)

STEP = 1 << 20
"""Bytes that are looked through at once."""
OVERLAP = 64 << 10
"""Bytes that are looked through again with the next ones; no secret is longer than half of them."""
APART = b"\n\0\n"
"""Between two texts."""
_BEGINNING = re.compile(rb"\xb3[\x20-\x2f][%b]" % b"".join(b"\\x%02x" % n for n in range(256) if not n & 8))
_HEAD = 1 << 12
_MOST_PIECES = 100_000
"""Pieces remembered at once; with more, all that are known are looked at and forgotten."""
_FIRST_FINAL = 3
"""Of subunit's statuses: from here on a test has ended."""
_IN_VAIN = 8
"""How many times the bytes of a file are summed up at the most for packets that turn out to be none."""
_LARGEST_UNPACKED = 16 << 20
"""Bytes of one attachment that are unpacked."""
_LARGEST_TOGETHER = 512 << 20
_DEEPEST = 3
"""How often what is packed is packed again."""
_BYTES_OF_HEAD = 64
_TEXT = re.compile(rb"[\t\n\r\x1b -~]{1,64}\Z")

_Key = tuple[bytes | None, bytes | None, bytes | None]
_Place = tuple[int, int]
"""Where a piece begins and ends in the file."""
_Content = mmap.mmap | bytes


class Text(NamedTuple):
    """A text or several, and where they stand in the file."""

    text: bytes
    starts: tuple[int, ...]
    """Where each piece begins in `text`."""
    places: tuple[_Place, ...]
    """Where each stands in the file; empty where nothing of it can be overwritten."""
    least: int
    most: int
    """A secret is told of this text if it begins between them; the others are told of the parts before and after."""
    is_packed: bool = False
    """Whether it was unpacked: `places` is where all of it stands, packed."""
    is_cut: bool = False
    """Whether there is more of it than is unpacked."""

    def in_file(self, start: int, end: int) -> Iterator[_Place]:
        """Where the bytes from `start` to `end` of the text stand in the file, piece by piece."""
        if self.is_packed:
            yield from self.places
            return
        at = bisect_right(self.starts, start) - 1
        while self.places and start < end:
            stop = min(end, self.starts[at + 1] if at + 1 < len(self.starts) else end)
            place = self.places[at][0] + start - self.starts[at]
            stop_here = min(place + stop - start, self.places[at][1])
            if stop_here > place:
                yield place, stop_here
            start, at = stop, at + 1


class Mapped(NamedTuple):
    """Something that can be looked at in any order."""

    content: _Content
    begin: int
    end: int

    def texts(self) -> Iterator[Text]:
        """The texts in it, in the order in which they end. Bounded memory."""
        return _texts(self.content, self.begin, self.end)


@contextmanager
def mapped(stream: BinaryIO) -> Iterator[Mapped]:
    """All of `stream`: the file itself where it is one, else its bytes in memory."""
    try:
        descriptor = stream.fileno()
    except (OSError, io.UnsupportedOperation):
        content = stream.read()
        yield Mapped(content, 0, len(content))
        return
    with mapped_part(descriptor, 0, stream.seek(0, io.SEEK_END)) as found:
        yield found
    stream.seek(0)


@contextmanager
def mapped_part(descriptor: int, start: int, size: int) -> Iterator[Mapped]:
    """A part of an open file."""
    if not size:
        yield Mapped(b"", 0, 0)
        return
    before = start % mmap.ALLOCATIONGRANULARITY
    with mmap.mmap(descriptor, size + before, access=mmap.ACCESS_READ, offset=start - before) as content:
        yield Mapped(content, before, before + size)


def _texts(content: _Content, begin: int, end: int) -> Iterator[Text]:
    batch: list[list[_Place]] = []
    size, unpacked = 0, 0
    for segment in _segments(content, begin, end):
        if isinstance(segment, Text):
            yield segment
            continue
        packed = _unpacked(content, segment, _LARGEST_TOGETHER - unpacked)
        for text in packed:
            unpacked += len(text.text)
            yield text
        length = sum(stop - start for start, stop in segment)
        if length > STEP:
            yield from _parts(content, segment, length)
            continue
        batch.append(segment)
        size += length
        if size >= STEP:
            yield _joined(content, batch)
            batch, size = [], 0
    if batch:
        yield _joined(content, batch)


def _joined(content: _Content, batch: list[list[_Place]]) -> Text:
    """Several texts, apart."""
    parts: list[bytes] = []
    starts: list[int] = []
    places: list[_Place] = []
    at = 0
    for segment in batch:
        for start, stop in segment:
            starts.append(at)
            places.append((start, stop))
            parts.append(content[start:stop])
            at += stop - start
        parts.append(APART)
        at += len(APART)
    return Text(b"".join(parts), tuple(starts), tuple(places), 0, at)


def _parts(content: _Content, segment: list[_Place], length: int) -> Iterator[Text]:
    """One long text, in parts that overlap."""
    held: list[_Place] = []
    size, done = 0, 0
    for start, stop in segment:
        at = start
        while at < stop:
            taken = min(stop - at, STEP + OVERLAP - size)
            held.append((at, at + taken))
            at, size = at + taken, size + taken
            if size < STEP + OVERLAP:
                continue
            yield _part(content, held, size, is_first=not done, is_last=done + size == length)
            held, kept = _last(held, OVERLAP)
            done, size = done + size - kept, kept
    if held and (done + size == length) and size > (OVERLAP if done else 0):
        yield _part(content, held, size, is_first=not done, is_last=True)


def _part(content: _Content, held: list[_Place], size: int, *, is_first: bool, is_last: bool) -> Text:
    whole = _joined(content, [held])
    return whole._replace(
        least=0 if is_first else OVERLAP // 2, most=len(whole.text) if is_last else size - OVERLAP // 2
    )


def _last(held: list[_Place], count: int) -> tuple[list[_Place], int]:
    """The places of the last `count` bytes."""
    found: list[_Place] = []
    left = count
    for start, stop in reversed(held):
        found.append((max(start, stop - left), stop))
        left -= min(left, stop - start)
        if not left:
            break
    return found[::-1], count - left


def _unpacked(content: _Content, segment: list[_Place], allowance: int) -> Iterator[Text]:
    """What is packed in an attachment: gzip, zlib, or deflate without a head."""
    start, stop = segment[0]
    bits = _bits(content[start : min(stop, start + _BYTES_OF_HEAD)])
    if bits is None:
        return
    data = b"".join([content[one : min(two, one + _LARGEST_UNPACKED)] for one, two in segment])[:_LARGEST_UNPACKED]
    for _ in range(_DEEPEST):
        text, is_cut = _inflate(data, bits, max(0, min(_LARGEST_UNPACKED, allowance)))
        if text or is_cut:
            yield Text(text, (), tuple(segment), 0, len(text), is_packed=True, is_cut=is_cut)
        bits, data = _bits(text[:_BYTES_OF_HEAD]), text
        if bits is None:
            return


def _bits(head: bytes) -> int | None:
    """How zlib calls the way in which it is packed; None: it is text."""
    if head.startswith(b"\x1f\x8b"):
        return 31
    if len(head) < 2 or _TEXT.match(head):
        return None
    return 15 if head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0 else -15


def _inflate(data: bytes, bits: int, limit: int) -> tuple[bytes, bool]:
    """What is in it, up to `limit` bytes, and whether there is more; empty where it is not packed so."""
    parts: list[bytes] = []
    left = limit
    while data:
        packed = zlib.decompressobj(bits)
        try:
            part = packed.decompress(data, left) if left else b""
        except zlib.error:
            break
        parts.append(part)
        left -= len(part)
        if not left:
            return b"".join(parts), True
        if not packed.eof or bits != 31:
            break
        data = packed.unused_data
    return b"".join(parts), False


def end_of_packet(content: _Content, place: int, end: int | None = None) -> int | None:
    """Where the packet that begins at `place` ends; None where there is no sound one."""
    size = _size_of_packet(content, place, len(content) if end is None else end)
    if size is None:
        return None
    stop = place + size
    with memoryview(content) as view, view[place : stop - 4] as body:
        total = checksum(body)
    return stop if content[stop - 4 : stop] == struct.pack(">I", total) else None


def _size_of_packet(content: _Content, place: int, end: int) -> int | None:
    head = content[place : place + SHORTEST]
    if len(head) < SHORTEST or not _BEGINNING.match(head):
        return None
    try:
        size, _ = number(head, 3)
    except (IndexError, ValueError, struct.error):
        return None
    return size if SHORTEST <= size <= min(MAX_PACKET, end - place) else None


def _segments(content: _Content, begin: int, end: int) -> Iterator[list[_Place] | Text]:
    """Each attachment, which begins anew when its test has ended; what lies between packets; names, many at once."""
    known: dict[_Key, list[_Place]] = {}
    names: set[bytes] = set()
    count = size = 0
    for packet, start, stop in packets_in(content, begin, end):
        if packet is None:
            yield [(start, stop)]
            continue
        fresh = {packet.test, packet.file, packet.route, *(packet.tags or ())} - names - {None, b""}
        names |= fresh  # type: ignore[arg-type]  # None was taken out
        size += sum(map(len, fresh))  # type: ignore[arg-type]  # likewise
        if packet.length:
            known.setdefault((packet.test, packet.route, packet.file), []).append((start, start + packet.length))
            count += 1
        if packet.status >= _FIRST_FINAL:
            ended = [key for key in known if key[0] == packet.test] if packet.test is not None else []
        else:
            ended = list(known) if count >= _MOST_PIECES else []
        for key in ended:
            places = known.pop(key)
            count -= len(places)
            yield places
        if size >= STEP:
            yield _fixed(names)
            names, size = set(), 0
    yield from known.values()
    if names:
        yield _fixed(names)


def _fixed(names: set[bytes]) -> Text:
    text = APART.join(sorted(names))
    return Text(text, (), (), 0, len(text))


def packets_in(content: _Content, begin: int, end: int) -> Iterator[tuple[Packet | None, int, int]]:
    """The sound packets, each with where its attachment begins and the packet ends; None: what lies between."""
    place = between = begin
    in_vain = _IN_VAIN * (end - begin) + MAX_PACKET
    while place < end:
        stop = end_of_packet(content, place, end)
        packet = None if stop is None else _parsed(content, place, stop)
        if stop is None or packet is None:
            in_vain -= _size_of_packet(content, place, end) or 0
            found = _BEGINNING.search(content, place + 1, end) if in_vain > 0 else None
            place = end if found is None else found.start()
            continue
        if between < place:
            yield None, between, place
        yield packet, place + packet.content, stop
        place = between = stop
    if between < end:
        yield None, between, end


def _parsed(content: _Content, place: int, end: int) -> Packet | None:
    for size in (min(end - place, _HEAD), end - place):
        try:
            return parse(content[place : place + size], end - place)
        except (Malformed, struct.error):
            continue
    return None
