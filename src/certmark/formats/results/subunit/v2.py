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
import zlib
from collections.abc import Callable
from mmap import mmap
from typing import Any, Final, TypeAlias

from certmark.domain.advice import Action, Advice
from certmark.domain.results import Outcome, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import MAX_ATTEMPTS, MAX_NAME, Reading
from certmark.formats.results.subunit import packets
from certmark.formats.results.subunit.deaths import deaths
from certmark.formats.results.subunit.own_words import LARGEST_RECORD, RECORD
from certmark.formats.results.subunit.packets import (
    SHORTEST,
    SIGNATURE,
    STATUSES,
    Malformed,
    Window,
    checksum,
    parse,
    window_on,
)
from certmark.formats.results.subunit.state import BEGUN, MAX_PLACES, OUTCOMES, UNLABELLED, StreamState
from certmark.formats.sources import Source

FORMAT: Final = "subunit-v2"

_PATIENCE: Final = 1 << 28
"""Bytes that may be checked in vain in search of sound packets; then the rest is given up."""
_RECORD: Final = RECORD.encode()
_MOST_RECORDS: Final = 15
"""Records remembered beside the newest one; a stream of ours has one."""
_GLANCE: Final = 256
"""What a look at a place that cannot be a packet costs of the patience."""


def read_v2(source: Source) -> Reading:
    """The attempts in a stream of version 2, in the order in which they ended.

    A stream that is damaged or cut off gives what is sound in it, with remarks. Attempts that did
    not pass have details, where the stream has any. Raises UnreadableResults if there is not one
    packet.
    """
    with source.open() as stream:
        window = window_on(stream)
        first = _Pass(window, source.name)
        first.go()
        window.close()
    book = first.book
    if not book.packets:
        raise UnreadableResults(f"{source.name} holds no packet of subunit v2", Advice(Action.NAME_STREAM))
    remarks = first.remarks()
    unfinished = book.close()
    if unfinished:
        remarks.append(f"{_count(unfinished, 'test')} had begun and not ended when the stream stopped")
    if book.doubtful:
        from certmark.formats.results.subunit.attachments import fill_in

        remarks += fill_in(source, book.attempts, book.doubtful)
    reading = Reading(
        FORMAT, tuple(book.attempts), truncated=bool(first.cut is not None or unfinished), remarks=tuple(remarks)
    )
    if book.has_own_words or first.records:
        from certmark.formats.results.subunit.own_fields import with_own_words

        reading = with_own_words(reading, first.records)
    troubles = (*reading.troubles, *first.troubles(), *deaths(reading.attempts))
    return reading._replace(troubles=tuple(dict.fromkeys(troubles)))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class _Pass:
    """The first pass, over all packets."""

    def __init__(self, window: Window, name: str) -> None:
        self.window = window
        self._name = name
        self.book = StreamState()
        self.cut: int | None = None
        """The byte at which the stream stops in the middle of a packet, or was given up."""
        self._patience = _PATIENCE
        self._damages: list[int] = []
        self._noise: int | None = None
        self._noise_bytes = 0
        self.records: list[bytes] = []
        """What a stream of ours says of the whole."""

    def go(self) -> None:
        """Take everything up to the end of the stream."""
        while True:
            _run(self.window, self.book)
            self.book.settle()
            if self.book.size > MAX_ATTEMPTS:
                raise UnreadableResults(f"{self._name} has more tests than a run has; send the results of one run")
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
            said.append(
                f"{_count(self.book.nameless, 'packet')} with an empty test id or one of more than {MAX_NAME} bytes"
            )
        return said

    def troubles(self) -> list[Trouble]:
        """What was lost: a packet that cannot be read may have been a failure."""
        found = []
        if self._damages:
            what = "packets that stood there are" if len(self._damages) > 1 else "what stood there is"
            found.append(f"the stream is damaged at {_count(len(self._damages), 'place')}: {what} lost")
        if self.book.nameless:
            found.append(f"{_count(self.book.nameless, 'packet')} of the stream cannot be told to belong to a test")
        return [Trouble(TroubleKind.ERROR, sentence) for sentence in found]

    def _step(self) -> bool:
        """Take whatever stands at the position; False at the end of the stream."""
        window = self.window
        if not window.has(1):
            return False
        before = window.end
        size = self._claimed()
        if size and window.end != before:
            return True  # the packet was only not all in memory: `_run` has another try
        if not size or not self._is_sound(size):
            return self._find_way_back(stops_inside=size is None)
        self._take(size)
        return True

    def _claimed(self) -> int | None:
        """The size of what may be a packet here, now all in memory; 0: it is none; None: the stream stops in it."""
        window = self.window
        if not window.has(SHORTEST):
            return None if window.is_at_signature else 0
        size = window.packet_size()
        return size if window.has(size) else None

    def _is_sound(self, size: int) -> bool:
        if self.window.is_sound(size):
            return True
        self._patience -= size
        return False

    def _take(self, size: int) -> None:
        window = self.window
        start, offset = window.position, window.offset
        window.position += size
        try:
            packet = parse(window.view[start : start + size], size)
        except Malformed:
            self._damages.append(offset)
            return
        if packet.test is None and packet.file == _RECORD and packet.length <= LARGEST_RECORD:
            content = start + packet.content
            self.records = [*self.records[-_MOST_RECORDS:], bytes(window.view[content : content + packet.length])]
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
            size = self._claimed()
            found = bool(size and self._is_sound(size))
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
_MAX_SHAPES: Final = 8_192

_TWO_BYTES: Final = 0x4000
_THREE_BYTES: Final = 0x8000
_FOUR_BYTES: Final = 0xC000
"""What the first two bytes of a variable number are at least, by its length."""

_BEGINNING: Final = struct.Struct(">5s")
_U16: Final = struct.Struct(">H")
_U32: Final = struct.Struct(">I")


_Shape: TypeAlias = tuple[Any, int, int, Callable[[bytearray | mmap, int], tuple[Any, ...]]]
"""What the first five bytes of a packet of the common shape say; a plain tuple is taken apart the quickest.

Its kind: the outcome of a final packet, `_BEGIN` or `_ATTACH`; its size, without the last eight
bits if what comes next is 14; where the length of the test id is; what unpacks it (not for
attachments): seconds, nanoseconds, length of the test id, all up to the checksum, checksum.
"""

_shapes: dict[bytes, _Shape | None] = {}


def _shape(beginning: bytes) -> _Shape | None:
    """The common shape that a packet with these five bytes has, remembered; None for any other packet."""
    if len(_shapes) >= _MAX_SHAPES:
        _shapes.clear()  # a stream made to fill memory, or one with a packet of every length
    flags, length = beginning[1] << 8 | beginning[2], beginning[3] << 8 | beginning[4]
    kind = _kind(flags) if beginning[0] == SIGNATURE else None
    shape: _Shape | None = None
    if kind is not None and _TWO_BYTES + 32 <= length < _THREE_BYTES:
        size = length - _TWO_BYTES
        fields = _U32 if kind == _ATTACH else struct.Struct(f">5xIIH{size - 19}sI")
        shape = (kind, size, 13, fields.unpack_from)
    elif kind == _ATTACH and _THREE_BYTES < length < _FOUR_BYTES:
        shape = (kind, (length - _THREE_BYTES) << 8, 14, _U32.unpack_from)
    _shapes[beginning] = shape
    return shape


def _kind(flags: int) -> Outcome | int | None:
    """What a packet with such flags does, if `_run` understands it."""
    optional = packets.RUNNABLE | packets.TAGS | packets.EOF
    always = packets.VERSION | packets.TEST | packets.TIME
    if flags & ~(optional | packets.MIME) == always | packets.FILE:
        return _ATTACH
    if flags & ~(optional | packets.STATUS) != always:
        return None
    status = STATUSES[flags & packets.STATUS]
    return _BEGIN if status == BEGUN else OUTCOMES.get(status or "")


def _run(window: Window, book: StreamState) -> None:  # noqa: C901, PLR0912, PLR0915 - see its docstring
    """Take packets of the common shape; leave off before one that has another, is not sound or not all in memory.

    The common shape: a length of two bytes (or three, with an attachment), nanoseconds of four, a
    test id whose length has two, known tags, no route code. About 1.1 microseconds a packet, of
    which a call of a function would cost a tenth: therefore one long loop on local names. What
    it does not understand it leaves to `_Pass._step`, which understands everything and says the same.
    """
    buffer, view, position, limit, base = window.buffer, window.view, window.position, window.limit, window.base
    opened, places, rows, labels_of = book.opened, book.places, book.rows, book.labels
    shapes, begins, check, check_small = _shapes, _BEGINNING.unpack_from, checksum, zlib.crc32
    attach, begin, passed, unlabelled = _ATTACH, _BEGIN, Outcome.PASSED, UNLABELLED
    u16, u32, end_row = _U16.unpack_from, _U32.unpack_from, rows.append
    done = len(book.attempts)
    last = limit - SHORTEST
    while position < last:
        (beginning,) = begins(buffer, position)
        try:
            shape = shapes[beginning]
        except KeyError:
            shape = _shape(beginning)
        if shape is None:
            break
        kind, size, at, unpack = shape
        if kind is attach:
            if at == 14:
                size |= buffer[position + 5]
            end = position + size
            if end > limit or check(view[position : end - 4]) != u32(buffer, end - 4)[0]:
                break
            at += position
            length = u16(buffer, at)[0] - 0x4000
            if buffer[at - 4] < 0xC0 or not 0 < length <= MAX_NAME or at + 2 + length > end:
                break
            key = bytes(view[at + 2 : at + 2 + length])
            found = places.get(key)
            if found is None:
                places[key] = [(base + position, size)]
            elif len(found) < MAX_PLACES:
                found.append((base + position, size))
            else:
                break
            position = end
            continue
        end = position + size
        if end > limit:
            break
        seconds, nanoseconds, length, rest, stored = unpack(buffer, position)
        if check_small(view[position : end - 4]) != stored:
            break
        length -= 0x4000
        key = rest[:length]
        labels = labels_of.get(rest[length:])
        if labels is None or nanoseconds < 0xC0000000 or not 0 < length <= MAX_NAME or len(key) < length:
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
