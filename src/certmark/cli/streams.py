"""The process's standard streams, made so that nobody who leaves or was never there ends a command.

1. A stream that the parent closed is the null device: what opens a file later must not get its number.
2. A reader that leaves (`| head`, a terminal that is closed) costs what is written from then on, and neither the
   command nor its status. What cannot be written to standard error, for whatever reason, is lost and costs no more.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

if TYPE_CHECKING:
    from typing_extensions import Buffer

_STDIN, _STDOUT, _STDERR = 0, 1, 2
_READER_LEFT = frozenset({errno.EPIPE, errno.EIO})
"""Of a pipe, and of a terminal."""


class _Pipe(io.FileIO):
    """A file whose reader may leave."""

    is_abandoned = False

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _READER_LEFT and self.fileno() != _STDERR:
                raise
            self.is_abandoned = True
            _point_to_null(self.fileno())
            return memoryview(data).nbytes


def open_streams() -> None:
    """Make the streams of this process as said above; once, before anything is written."""
    for number in (_STDIN, _STDOUT, _STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process lives
    sys.stdout = _stream(_STDOUT, sys.stdout)
    sys.stderr = _stream(_STDERR, sys.stderr)


def is_abandoned(stream: TextIO) -> bool:
    """Whether the reader of `stream` has left, as far as was written to it."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return isinstance(raw, _Pipe) and raw.is_abandoned


def close_streams() -> str | None:
    """Write what is held back; why it cannot be written, where that is so."""
    why = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            why = error.strerror or str(error)
            _point_to_null(stream.fileno())  # Python would try again, and end with a status of its own
    return why


def _stream(number: int, old: TextIO | None) -> TextIO:
    if old is None:
        _point_to_null(number)
    encoding, errors = (old.encoding, old.errors) if old is not None else ("utf-8", "backslashreplace")
    raw = _Pipe(number, "wb", closefd=False)
    if getattr(old, "write_through", False):  # PYTHONUNBUFFERED, or -u
        return io.TextIOWrapper(cast("BinaryIO", raw), encoding, errors, write_through=True)
    is_for_person = number == _STDERR or (old is not None and old.isatty())
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=is_for_person)


def _point_to_null(number: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != number:
        os.dup2(null, number)
        os.close(null)
