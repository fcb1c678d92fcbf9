"""A binary stream read by lines and by counted bytes, in little memory."""

from __future__ import annotations

from typing import BinaryIO, Final

MAX_LINE: Final = 1 << 16
"""Bytes kept of one line; what a longer one has beyond is read and dropped."""
_BLOCK: Final = 1 << 16


class LineReader:
    """The lines of a stream; between two of them a number of bytes may be taken."""

    __slots__ = ("_at", "_base", "_block", "_stream")

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._block = b""
        self._at = self._base = 0

    @property
    def offset(self) -> int:
        """Where the next byte is in the stream."""
        return self._base + self._at

    @property
    def has_more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._block) or self._refill()

    def _refill(self) -> bool:
        self._base += len(self._block)
        self._block = self._stream.read(_BLOCK)
        self._at = 0
        return bool(self._block)

    def line(self) -> bytes:
        """The next line with its end, bounded; without an end: the stream stops in it. Empty: there is none."""
        end = self._block.find(b"\n", self._at) + 1
        if end:
            line = self._block[self._at : end]
            self._at = end
            return line
        return self._long_line()

    def _long_line(self) -> bytes:
        """A line that goes on in the next block."""
        line = bytearray()
        while True:
            end = self._block.find(b"\n", self._at) + 1
            line += self._block[self._at : end or None][: MAX_LINE - len(line)]
            if end:
                self._at = end
                return bytes(line) if line.endswith(b"\n") else bytes(line) + b"\n"
            self._at = len(self._block)
            if not self._refill():
                return bytes(line)

    def take(self, count: int, keep: int) -> bytes | None:
        """The last `keep` of the next `count` bytes; all are read. None if the stream stops before."""
        kept = bytearray()
        while count:
            if self._at == len(self._block) and not self._refill():
                return None
            end = min(len(self._block), self._at + count)
            if keep:
                kept += self._block[self._at : end]
                if len(kept) > 2 * keep:
                    del kept[:-keep]
            count -= end - self._at
            self._at = end
        return bytes(kept[-keep:]) if keep else b""
