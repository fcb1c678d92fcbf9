"""Tar archives of strangers, as a stream: headers are checked and bounded, nothing is unpacked.

POSIX 1003.1 (ustar, pax) and GNU's long names. The library's `tarfile` holds headers of any
length in memory and matches patterns of quadratic cost against them; this reads what is needed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from certmark.formats.errors import UnreadableResults

BLOCK = 512
_LONGEST_HEADER = 64 << 10
"""Bytes of an extended header; a path has at most 4 KiB."""
MOST_MEMBERS = 200_000
_STEP = 256 << 10

_FILES = frozenset(b"0\x007")
_LONG_NAME = ord("L")
_PAX = ord("x")
_DESCRIBING = frozenset(b"xgLK")
"""Headers about other headers."""


class Stopped(Exception):
    """The archive stops in the middle."""


class TarMember(NamedTuple):
    """A header."""

    path: str
    """As written; never to be used as a path."""
    size: int
    is_file: bool
    """A plain file: no link, device, directory or sparse file."""
    content: TarContent
    """To be read before the next member is asked for."""


class TarContent(io.RawIOBase):
    """The bytes of one member."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._left = size
        self._padding = -size % BLOCK
        self.is_cut = False
        """Set once a reader has met the end of the archive before that of the member."""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As `io.RawIOBase` says; 0 at the end of the member."""
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def read(self, size: int | None = -1, /) -> bytes:
        """As `io.RawIOBase` says; without a copy, for those who read much."""
        if size is None or size < 0:
            return self.readall()
        if not self._left:
            return b""
        block = self._stream.read(min(size, self._left))
        self._left -= len(block)
        self.is_cut = self._left > 0 and not block
        return block

    def skip(self) -> None:
        """Go to the next header; what fills the last block up is not looked at. Raises Stopped."""
        self._left += self._padding
        self._padding = 0
        while self._left:
            block = self._stream.read(min(_STEP, self._left))
            if not block:
                raise Stopped
            self._left -= len(block)


def read_members(stream: BinaryIO, name: str) -> Iterator[TarMember]:
    """The members of the archive `name` but for headers about headers.

    Raises Stopped where it ends without an empty block, UnreadableResults where a header is damaged or
    absurd. Other readers may find something else in an odd archive: `plain_tar` reads those of which that is
    not so.
    """
    path, size = None, None
    for number in range(MOST_MEMBERS):
        block = exactly(stream, BLOCK)
        if not block.strip(b"\0"):
            return
        header = _header(block, f"{name}, member {number + 1}")
        content = TarContent(stream, header.size if size is None or header.kind in _DESCRIBING else size)
        if header.kind in _DESCRIBING:
            path, size = _described(content, header, path, size, name)
        else:
            shown = path if path is not None else header.path
            yield TarMember(shown, header.size if size is None else size, header.kind in _FILES, content)
            path, size = None, None
        content.skip()
    raise UnreadableResults(f"{name} has more than {MOST_MEMBERS:,} members; send the archive of one run")


class _Header(NamedTuple):
    path: str
    size: int
    kind: int


def _header(block: bytes, place: str) -> _Header:
    checksum = sum(block) - sum(block[148:156]) + 8 * 0x20
    size = _number(block[124:136])
    if _number(block[148:156]) != checksum or size < 0:
        raise UnreadableResults(f"{place}: its header is damaged; take a fresh copy of the archive")
    path = _text(block[:100])
    if block[257:263] == b"ustar\0" and block[345]:
        path = f"{_text(block[345:500])}/{path}"
    return _Header(path, size, block[156])


def _number(field: bytes) -> int:
    """Octal digits, or GNU's base 256; -1 where it is neither."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError:
        return -1


def _described(
    content: TarContent, header: _Header, path: str | None, size: int | None, name: str
) -> tuple[str | None, int | None]:
    """The path and size that the next header has, after a header about it."""
    if header.size > _LONGEST_HEADER:
        raise UnreadableResults(f"{name}: a header of {header.size:,} bytes; send the archive as Sonobuoy wrote it")
    if header.kind not in {_LONG_NAME, _PAX}:
        return path, size
    text = exactly(content, header.size)
    names_it = header.kind == _LONG_NAME or any(key == b"path" for key, _ in _records(text))
    if path is not None and names_it:  # readers do not agree which of them counts
        raise UnreadableResults(f"{name} has a member with two names; send the archive as Sonobuoy wrote it")
    if header.kind == _LONG_NAME:
        return _text(text), size
    for key, value in _records(text):
        if key == b"path":
            path = _text(value)
        elif key == b"size" and value.isdigit() and len(value) < 20:
            size = int(value)
    return path, size


def _records(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The records `length key=value` of a pax header, a line each, as far as they are sound."""
    while text:
        digits, _, _ = text[:8].partition(b" ")
        length = int(digits) if digits.isdigit() else 0
        if not len(digits) < length <= len(text):
            return
        key, _, value = text[len(digits) + 1 : length - 1].partition(b"=")
        yield key, value
        text = text[length:]


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def exactly(stream: BinaryIO | TarContent, count: int) -> bytes:
    """The next `count` bytes. Raises Stopped."""
    found = b""
    while len(found) < count:
        block = stream.read(count - len(found))
        if not block:
            raise Stopped
        found += block
    return found
