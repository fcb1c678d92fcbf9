"""The second pass over a stream of version 2: reads the attachments of attempts that did not pass."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple

from certmark.domain.results import Attempt, Outcome
from certmark.formats.results.subunit.details import SPENT, Allowance, Attachments, detail_of
from certmark.formats.results.subunit.packets import Malformed, Packet, parse
from certmark.formats.results.subunit.state import Place
from certmark.formats.sources import Source

_HEAD: Final = 1 << 12
"""Bytes first read of a packet: enough for everything before the attachment, unless names are huge."""
_HELD: Final = 8 << 20
"""Bytes of attachments held at once; beyond that those of further attempts are left out."""
_SKIP: Final = 1 << 16


class _Wanted(NamedTuple):
    """A packet to look into."""

    offset: int
    size: int
    number: int
    """Of the attempt: its index."""
    last: bool
    """Whether it is the attempt's last one."""


def fill_in(source: Source, attempts: list[Attempt], doubtful: Iterable[tuple[int, list[Place]]]) -> list[str]:
    """Give the attempts of the indexes in `doubtful` their details, in place; the remarks on that."""
    allowance = Allowance()
    with source.open() as stream:
        for index, attachments in _gathered(_Forward(stream), sorted(_wanted(doubtful)), attempts):
            attempt = attempts[index]
            detail = detail_of(attempt.outcome, attachments)
            if detail is not None:
                attempts[index] = attempt._replace(detail=allowance.grant(detail))
    return [SPENT] if allowance.is_spent else []


def _wanted(doubtful: Iterable[tuple[int, list[Place]]]) -> Iterator[_Wanted]:
    for index, places in doubtful:
        for place in places:
            yield _Wanted(*place, index, place is places[-1])


def _gathered(stream: _Forward, wanted: list[_Wanted], attempts: list[Attempt]) -> Iterator[tuple[int, Attachments]]:
    """The attachments of each attempt, as soon as they are complete."""
    held: dict[int, Attachments] = {}
    sizes: dict[int, int] = {}
    for offset, size, index, last in wanted:
        attachments = held.get(index)
        if attachments is None:
            attachments = held[index] = Attachments()
            sizes[index] = 0
        if len(held) == 1 or sum(sizes.values()) < _HELD:
            sizes[index] += _gather(stream, offset, size, attachments, attempts[index].outcome)
        if last:
            del sizes[index]
            yield index, held.pop(index)


def _gather(stream: _Forward, offset: int, size: int, attachments: Attachments, outcome: Outcome) -> int:
    """Add what is of use of the attachment in one packet; how many bytes that were."""
    head = stream.read(offset, min(size, _HEAD))
    packet = _parsed(head, size)
    if packet is None and size > _HEAD:
        head += stream.read(offset + _HEAD, size - _HEAD)
        packet = _parsed(head, size)
    if packet is None or packet.file is None:
        return 0
    name = packet.file.decode("utf-8", "replace")
    end = packet.content + packet.length
    start = end - min(packet.length, attachments.wants(name, outcome))
    if start == end:
        return 0
    content = head[start:end]
    if end > len(head):
        begin = max(start, len(head))
        content += stream.read(offset + begin, end - begin)
    attachments.add(name, content)
    return end - start


def _parsed(head: bytes, size: int) -> Packet | None:
    try:
        return parse(head, size)
    except Malformed:
        return None


class _Forward:
    """A stream read at growing offsets, by seeking where it can."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._at = 0
        self._seekable = stream.seekable()

    def read(self, offset: int, size: int) -> bytes:
        """`size` bytes at `offset`, which is not before the end of what was read last; fewer at the stream's end."""
        if self._seekable and offset != self._at:
            self._stream.seek(offset, os.SEEK_SET)
            self._at = offset
        while self._at < offset:
            got = len(self._stream.read(min(_SKIP, offset - self._at)))
            if not got:
                return b""
            self._at += got
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        got = self._stream.read(size)
        while len(got) < size:
            block = self._stream.read(size - len(got))
            if not block:
                break
            got += block
        self._at += len(got)
        return got
