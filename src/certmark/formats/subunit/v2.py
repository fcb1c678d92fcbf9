"""Reads subunit v2: one pass over all packets for the outcomes, a second one for the reasons.

The first pass checks every packet and never looks into an attachment; of tests that may still
fail it remembers where their attachments are. The second (`reasons`) reads those of the attempts
that did not pass, if there are any. Memory stays flat however large the evidence is.

Two ways of taking a packet share the work: `_run` takes those of the shape of which Tempest's
runs consist, as fast as Python can; `_Pass._step` takes one packet of any shape, refills the
window, and finds the way back after damage.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from certmark.domain.results import Outcome
from certmark.formats.errors import UnreadableResults
from certmark.formats.reading import MAX_NAME, Reading, Source
from certmark.formats.subunit import packets
from certmark.formats.subunit.book import BEGUN, OUTCOMES, UNLABELLED, Book
from certmark.formats.subunit.packets import SHORTEST, SIGNATURE, STATUSES, Malformed, Window, crc32, parse

FORMAT: Final = "subunit-v2"

_PATIENCE: Final = 1 << 28
"""Bytes that may be checked in vain in search of sound packets; then the rest is given up."""
_GLANCE: Final = 256
"""What a look at a place that cannot be a packet costs of the patience."""


def read_v2(source: Source) -> Reading:
    """The attempts in a stream of version 2, in the order in which they ended.

    A stream that is damaged or cut off gives what is sound in it, with remarks. Attempts that did
    not pass have details, where the stream has any. Raises UnreadableResults if there is not one
    packet.
    """
    with source.open() as stream:
        first = _Pass(Window(stream))
        first.go()
    book = first.book
    if not book.packets:
        raise UnreadableResults(
            f"{source.name} holds no packet of subunit v2; name a file that `stestr last --subunit` wrote"
        )
    remarks = first.remarks()
    unfinished = book.close()
    if unfinished:
        remarks.append(f"{_count(unfinished, 'test')} had begun and not ended when the stream stopped")
    if book.doubtful:
        from certmark.formats.subunit.reasons import fill_in  # noqa: PLC0415 - a good cloud's run needs none

        remarks += fill_in(source, book.attempts, book.doubtful)
    return Reading(FORMAT, tuple(book.attempts), truncated=bool(first.cut is not None or unfinished), remarks=tuple(remarks))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class _Pass:
    """The first pass, over all packets."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.book = Book()
        self.cut: int | None = None
        """The byte at which the stream stops in the middle of a packet, or was given up."""
        self._patience = _PATIENCE
        self._damages: list[int] = []
        self._noise: int | None = None
        self._noise_bytes = 0

    def go(self) -> None:
        """Take everything up to the end of the stream."""
        while True:
            _run(self.window, self.book)
            self.book.settle()
            if not self._step():
                return

    def remarks(self) -> list[str]:
        """What was odd, one sentence each."""
        said = []
        if self._damages:
            first = ", the first at" if len(self._damages) > 1 else " at"
            said.append(f"{_count(len(self._damages), 'damaged place')}{first} byte {self._damages[0]}")
        if self._noise is not None:
            noise = _count(self._noise_bytes, "byte")
            said.append(f"{noise} between the packets that are not subunit, first at byte {self._noise}")
        if self._patience <= 0:
            said.append(f"so much damage that reading was given up at byte {self.cut}")
        elif self.cut is not None:
            said.append(f"the stream stops in the middle of a packet at byte {self.cut}")
        if self.book.nameless:
            said.append(f"{_count(self.book.nameless, 'packet')} with an empty test id or one of more than {MAX_NAME} bytes")
        return said

    def _step(self) -> bool:
        """Take whatever stands at the position; False at the end of the stream."""
        if not self.window.has(1):
            return False
        there = self.window.limit
        size = self._look()
        if not size:
            return self._find_way_back(stops_inside=size is None)
        if self.window.limit == there:
            self._take(size)
        # Else the packet was only not all in memory: that has been mended, and `_run` has another try.
        return True

    def _look(self) -> int | None:
        """The size of the sound packet here; 0: there is none; None: the stream stops inside what may be one."""
        window = self.window
        if not window.has(SHORTEST):
            return None if window.is_at_signature else 0
        size = window.packet_size()
        if size and not window.has(size):
            return None
        if size and not window.is_sound(size):
            self._patience -= size
            return 0
        return size

    def _take(self, size: int) -> None:
        window = self.window
        start, offset = window.position, window.offset
        window.position += size
        try:
            packet = parse(window.view[start : start + size], size)
        except Malformed:
            self._damages.append(offset)
            return
        self.book.take(packet, (offset, size))

    def _find_way_back(self, *, stops_inside: bool) -> bool:
        """Go on to the next sound packet and note what was skipped; False if there is none."""
        window, start, meant = self.window, self.window.offset, self.window.is_at_signature
        found = False
        while not found and self._patience > 0:
            window.position += 1
            if not window.find_beginning():
                break
            self._patience -= _GLANCE
            found = bool(self._look())
        if not found and (stops_inside or self._patience <= 0):
            self.cut = start
        elif meant:
            self._damages.append(start)
        else:
            self._noise = start if self._noise is None else self._noise
            self._noise_bytes += window.offset - start
        return found


_BEGIN: Final = 1
_ATTACH: Final = 2
_PACKET_BEGINS = struct.Struct(">3sH")
_U16 = struct.Struct(">H")
_U32 = struct.Struct(">I")


def _kinds() -> dict[bytes, Any]:
    """What the quick loop takes, by the first three bytes of the packet: signature and flags."""
    kinds: dict[bytes, Any] = {}
    common = packets.VERSION | packets.TEST | packets.TIME
    for options in range(16):
        optional = (packets.RUNNABLE, packets.TAGS, packets.EOF, packets.MIME)
        flags = common + sum(flag for bit, flag in enumerate(optional) if options >> bit & 1)
        kinds[_head(flags | packets.FILE)] = _ATTACH
        if not flags & packets.MIME:
            for number, status in enumerate(STATUSES):
                if status in OUTCOMES:
                    kinds[_head(flags | number)] = OUTCOMES[status]
                if status == BEGUN:
                    kinds[_head(flags | number)] = _BEGIN
    return kinds


def _head(flags: int) -> bytes:
    return bytes((SIGNATURE, flags >> 8, flags & 0xFF))


_KINDS: Final = _kinds()


class _Shapes(dict[int, tuple[Callable[..., tuple[Any, ...]], int]]):
    """How to unpack a whole packet whose length is the two-byte number `field`, and that length.

    Length `0x4000` and up is the mark of two bytes; a struct is made for each length that occurs.
    """

    def __missing__(self, field: int) -> tuple[Callable[..., tuple[Any, ...]], int]:
        size = field - 0x4000
        unpack = struct.Struct(f">5xIIH{size - 19}sI").unpack_from
        self[field] = (unpack, size)
        return self[field]


_SHAPES: Final = _Shapes()


def _run(window: Window, book: Book) -> None:  # noqa: C901, PLR0912, PLR0914, PLR0915 - see its docstring
    """Take packets of the common shape; leave off before the first one that has another, or is not sound or not all there.

    The common shape: a length of two bytes (or three, with an attachment), nanoseconds of four, a
    test id whose length has two, known tags, no route code. About 1.1 microseconds a packet, of
    which a call of a function would cost a tenth: therefore one long loop on local names. What
    it does not understand it leaves to `_Pass._step`, which understands everything and says the same.
    """
    buffer, view, position, limit, base = window.buffer, window.view, window.position, window.limit, window.base
    opened, places, rows, labels_of = book.opened, book.places, book.rows, book.labels
    kinds, shapes, begins, check = _KINDS, _SHAPES, _PACKET_BEGINS.unpack_from, crc32
    attach, begin, passed, unlabelled = _ATTACH, _BEGIN, Outcome.PASSED, UNLABELLED
    u16, u32, end_row = _U16.unpack_from, _U32.unpack_from, rows.append
    done = len(book.attempts)
    while True:
        head, field = begins(buffer, position)
        kind = kinds.get(head)
        if kind is None or field < 0x4019:  # a length in one byte, or too short for the common shape
            break
        if kind is attach:
            if field < 0x8000:
                end, at = position + field - 0x4000, position + 13
            elif field < 0xC000:
                end, at = position + ((field & 0x3FFF) << 8 | buffer[position + 5]), position + 14
            else:
                break
            if end > limit or buffer[at - 4] < 0xC0 or check(view[position : end - 4]) != u32(buffer, end - 4)[0]:
                break
            length = u16(buffer, at)[0] - 0x4000
            if not 0 < length <= MAX_NAME or at + 2 + length > end:
                break
            key = bytes(view[at + 2 : at + 2 + length])
            found = places.get(key)
            if found is None:
                places[key] = [(base + position, end - position)]
            elif len(found) < 4000:
                found.append((base + position, end - position))
            else:
                break
            position = end
            continue
        if field >= 0x8000:
            break
        unpack, size = shapes[field]
        end = position + size
        if end > limit:
            break
        seconds, nanoseconds, length, rest, checksum = unpack(buffer, position)
        length -= 0x4000
        if check(view[position : end - 4]) != checksum or nanoseconds < 0xC0000000 or not 0 < length <= MAX_NAME:
            break
        key = rest[:length]
        labels = labels_of.get(rest[length:])
        if labels is None or len(key) < length:
            break
        time = seconds * 1_000_000_000 + nanoseconds - 0xC0000000
        if kind is begin:
            if key not in opened:
                opened[key] = (time, labels)
        else:
            entry = opened.get(key)
            if entry is None:
                break
            del opened[key]
            if labels is unlabelled:
                labels = entry[1]
            if key in places:
                if kind is not passed:
                    book.doubtful.append((done + len(rows), places[key]))
                del places[key]
            end_row((key, kind, entry[0], time, labels))
        position = end
    book.packets += position - window.position
    window.position = position
