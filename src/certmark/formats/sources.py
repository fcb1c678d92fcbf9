"""Where bytes come from: files, standard input, gzip around either.

A source can be opened as often as needed; its content is decompressed as it is read, never
written anywhere and never held whole.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, cast

from certmark.formats.errors import UnreadableResults

STANDARD_INPUT = "-"
"""The path that means standard input."""
GZIP_MAGIC = b"\x1f\x8b"
STEP = 1 << 20
"""Bytes read at once where nothing speaks for less."""

_DEFLATE = b"\x08"
_PLAIN_HEAD, _PLAIN_FLAGS = 3, (b"\0", b"\x08")
"""Where the flags stand in the header of gzip (RFC 1952), and those for nothing and for a name."""

_RATIO = 200
"""Times the packed size: no log of a test run packs better over a long stretch; bombs reach 1,000."""
_HARMLESS = 64 << 20
"""Bytes that may come out before the ratio is looked at."""
_LARGEST = 16 << 30
"""Bytes of one content; the largest known run has 0.3 GiB."""
_MOST_SPOOLED = 4 << 30
"""Bytes of standard input that are put aside."""
_PACKED_STEP = 64 << 10
"""Bytes of packed input read at once."""
_MANY_MEMBERS = 1000
"""Members of one gzip file that may be nearly empty; a legitimate writer fills them."""
_IN_MEMORY = 1 << 20
"""Bytes of standard input that are kept in memory, not in a temporary file."""


def bound_contents(largest: int) -> None:
    """From now on no content may have more bytes than that in this process."""
    global _LARGEST  # noqa: PLW0603 - as a limit of the process is one, and no reader passes it on
    _LARGEST = largest


class Source(Protocol):
    """Something to read from, as often as needed."""

    @property
    def name(self) -> str:
        """For messages and reports."""

    def open(self) -> BinaryIO:
        """A fresh stream of the content from its beginning, decompressed and bounded.

        `read` and `readinto` raise UnreadableResults where the compression is broken or the
        content is a bomb. The caller closes it.
        """


class FileSource:
    """A file of results, or standard input.

    `open` gives its content, decompressed where it is gzip; `open_raw` its bytes as they came.
    """

    __slots__ = ("_open_raw", "cut_short", "name", "packed", "size")

    def __init__(self, name: str, open_raw: Callable[[], BinaryIO]) -> None:
        self.name = name
        self._open_raw = open_raw
        self.cut_short = False
        """Set once a reader has met the end of a gzip stream that has no end."""
        with open_raw() as raw:
            self.packed = raw.read(2) == GZIP_MAGIC
            self.size = raw.seek(0, os.SEEK_END)

    def open_raw(self) -> BinaryIO:
        """The bytes as they came, unbuffered."""
        return self._open_raw()

    def open(self) -> BinaryIO:
        """A fresh unbuffered stream of the content.

        Reading raises UnreadableResults where gzip is damaged or a bomb. Where it only stops too
        early the stream ends there, and `cut_short` says so.
        """
        raw = self._open_raw()
        if not self.packed:
            return raw
        return cast("BinaryIO", _Unpacked(self, raw))

    def open_strictly(self) -> BinaryIO:
        """As `open`, for what every reader must find to be the same.

        Reading raises UnreadableResults also where gzip stops too early, has several members or has anything behind
        it; that is known, and the checksum compared, when the reader meets the end.
        """
        raw = self._open_raw()
        if not self.packed:
            return raw
        head = raw.read(_PLAIN_HEAD + 1)
        raw.seek(0)
        if head[2:3] != _DEFLATE or head[_PLAIN_HEAD:] not in _PLAIN_FLAGS:
            raw.close()
            raise UnreadableResults(
                f"{self.name}: its gzip header has more than a name in it; take a fresh copy of the file"
            )
        return cast("BinaryIO", _Unpacked(self, raw, strict=True))

    def sha256(self) -> str:
        """The digest of the bytes as they came, in lower-case hex."""
        import hashlib

        digest = hashlib.sha256()
        buffer = bytearray(STEP)
        view = memoryview(buffer)
        with self._open_raw() as raw:
            while count := cast("io.RawIOBase", raw).readinto(buffer):
                digest.update(view[:count])
        return digest.hexdigest()


def source_of(path: str) -> FileSource:
    """The source that `path` names: a file, a pipe, or `-` for standard input.

    Raises OSError where it cannot be opened, UnreadableResults for a device. The caller has seen
    to directories.
    """
    if path == STANDARD_INPUT:
        with open(0, "rb", buffering=0, closefd=False) as stream:
            return _spooled("standard input", cast("BinaryIO", stream))
    name = os.path.basename(path)
    mode = os.stat(path).st_mode
    if stat.S_ISREG(mode):
        return FileSource(name, lambda: cast("BinaryIO", open(path, "rb", buffering=0)))
    if stat.S_ISFIFO(mode):
        with open(path, "rb", buffering=0) as stream:
            return _spooled(name, cast("BinaryIO", stream))
    raise UnreadableResults(f"{name} is a device or a socket; name a file of results, or - for standard input")


def read_whole(source: Source, limit: int) -> bytes:
    """All of a content that is small by nature; raises UnreadableResults if it has more than `limit` bytes."""
    content = bytearray()
    with source.open() as stream:
        while block := stream.read(STEP):
            content += block
            if len(content) > limit:
                raise UnreadableResults(f"{source.name} has more than {limit >> 20} MiB, too much for JSON of one run")
    return bytes(content)


def _spooled(name: str, stream: BinaryIO) -> FileSource:
    """A source of all that `stream` gives: small in memory, large in a temporary file."""
    head = bytearray()
    while block := stream.read(_IN_MEMORY):
        head += block
        if len(head) >= _IN_MEMORY:
            return _in_a_temporary_file(name, head, stream)
    return FileSource(name, lambda: io.BytesIO(head))


def _in_a_temporary_file(name: str, head: bytearray, stream: BinaryIO) -> FileSource:
    import tempfile

    with tempfile.TemporaryFile(buffering=0) as file:
        room = _room(file.fileno())
        file.write(head)
        total = len(head)
        while block := stream.read(STEP):
            total += len(block)
            if total > room:
                raise UnreadableResults(
                    f"{name} gives more than {room >> 20:,} MiB, too much to be put aside in the folder for temporary "
                    "files; send the results of one run, or name a file"
                )
            file.write(block)
        spool = _Spool(os.dup(file.fileno()))
    return FileSource(name, lambda: cast("BinaryIO", _Window(spool)))


def _room(descriptor: int) -> int:
    """How many bytes of standard input are put aside at most: half of what is free, and no more than a run has."""
    free = os.fstatvfs(descriptor)
    return min(_MOST_SPOOLED, free.f_bavail * free.f_frsize // 2)


class _Spool:
    """A file without a name that lives as long as somebody may read it."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def __del__(self) -> None:
        os.close(self.descriptor)


class _Window(io.RawIOBase):
    """A reader of a spool with a place of its own."""

    def __init__(self, spool: _Spool) -> None:
        self._spool = spool
        self._place = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = os.pread(self._spool.descriptor, len(buffer), self._place)
        buffer[: len(block)] = block
        self._place += len(block)
        return len(block)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._spool.size}[whence]
        self._place = start + offset
        return self._place


class _Unpacked(io.RawIOBase):
    """The content of a gzip file of one or more members (RFC 1952), bounded."""

    def __init__(self, source: FileSource, raw: BinaryIO, *, strict: bool = False) -> None:
        self._source = source
        self._strict = strict
        self._raw = raw
        self._library = _inflating()
        self._member = self._library.decompressobj(31)
        self._members = 1
        self._packed = b""
        self._taken = 0
        self._given = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._raw.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        block = self.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes, as few as there are at once; without a copy, for those who read much."""
        if size is None or size < 0:
            return self.readall()
        if not size:  # the library takes 0 for "no limit"
            return b""
        while not self._member.eof or self._next_member():
            more = bool(self._packed) or self._refill()
            # Without more input the library may still have output in its window.
            block = self._inflate(size)
            if block:
                self._given += len(block)
                self._stop_bombs()
                return block
            if not more and not self._member.eof:
                if self._strict:
                    raise UnreadableResults(f"{self._source.name} stops in the middle; take a fresh copy")
                self._source.cut_short = True
                break
        return b""

    def _inflate(self, size: int) -> bytes:
        try:
            block: bytes = self._member.decompress(self._packed, size)
        except self._library.error as error:
            raise UnreadableResults(
                f"{self._source.name}: its gzip compression is damaged after {self._given} bytes of content; "
                "take a fresh copy of the file"
            ) from error
        self._packed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        return block

    def _refill(self) -> bool:
        self._packed = self._raw.read(_PACKED_STEP)
        self._taken += len(self._packed)
        return bool(self._packed)

    def _next_member(self) -> bool:
        """Go on behind a member: padding of zeros is skipped, anything but gzip is refused."""
        if self._strict and (self._packed or self._refill()):
            raise UnreadableResults(
                f"{self._source.name}: something follows its compressed content; take a fresh copy of the file"
            )
        self._packed = self._packed.lstrip(b"\0")
        while not self._packed:
            if not self._refill():
                return False
            self._packed = self._packed.lstrip(b"\0")
        if len(self._packed) == 1:
            self._packed += self._raw.read(1)
        if self._packed[:2] != GZIP_MAGIC:
            raise UnreadableResults(
                f"{self._source.name}: something that is not gzip follows its compressed content; "
                "take a fresh copy of the file"
            )
        self._member = self._library.decompressobj(31)
        self._members += 1
        if self._members > _MANY_MEMBERS and self._given < 256 * self._members:
            raise UnreadableResults(f"{self._source.name} is gzip of {_MANY_MEMBERS} empty members; take a fresh copy")
        return True

    def _stop_bombs(self) -> None:
        name, given = self._source.name, self._given
        if given > _LARGEST:
            raise UnreadableResults(f"{name} unpacks to more than {_LARGEST:,} bytes; send the results of one run")
        if given > _HARMLESS and given > _RATIO * self._taken:
            raise UnreadableResults(
                f"{name} unpacks to more than {_RATIO} times its size, as gzip bombs do; "
                "unpack it yourself if you trust it"
            )


def _inflating() -> Any:
    try:
        from isal import isal_zlib
    except ImportError:
        import zlib

        return zlib
    return isal_zlib
