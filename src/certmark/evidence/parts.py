"""Several files of results as one: a tar archive whose first member is called `certmark-parts`.

The files stand behind it in their order as `1/NAME`, `2/NAME` …, as they are. The same files make the same bytes.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from certmark.formats.errors import UnreadableResults
from certmark.formats.results.evidence import head_of
from certmark.formats.results.recognition import PARTS, ResultsKind, recognise
from certmark.formats.sources import FileSource
from certmark.formats.tar import Stopped, read_members

_MOST = 1000
_LONGEST = 90
"""Bytes of a name that every tar holds."""


def write_parts(files: Sequence[Path], stream: IO[bytes]) -> None:
    """Write the archive of `files`. Raises OSError."""
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo(PARTS.decode()))
        for number, path in enumerate(files, 1):
            with path.open("rb") as content:
                member = tarfile.TarInfo(f"{number}/{path.name.encode()[-_LONGEST:].decode(errors='ignore')}")
                member.size = os.fstat(content.fileno()).st_size
                archive.addfile(member, content)


def parts_in(source: FileSource) -> list[FileSource]:
    """The files in an archive, called by their names. Raises UnreadableResults."""
    if source.packed:
        raise UnreadableResults(f"{source.name}: an archive of parts is not packed itself; unpack it")
    found: list[FileSource] = []
    try:
        with source.open_raw() as stream:
            for member in read_members(stream, source.name):
                if member.path == PARTS.decode() or not member.is_file:
                    continue
                name, start = PurePosixPath(member.path).name, stream.tell()
                found.append(_part(source, name, start, member.size))
    except Stopped:
        raise UnreadableResults(f"{source.name} stops in the middle; send it again") from None
    if not 0 < len(found) <= _MOST:
        raise UnreadableResults(f"{source.name} has {len(found)} parts; send 1 to {_MOST}")
    return found


def _part(source: FileSource, name: str, start: int, size: int) -> FileSource:
    part = FileSource(name, lambda: cast("BinaryIO", _Slice(source.open_raw(), start, size)))
    if recognise(head_of(part)) is ResultsKind.PARTS:
        raise UnreadableResults(f"{name} in {source.name} is an archive of parts itself; send its parts")
    return part


class _Slice(io.RawIOBase):
    """Some bytes of a file, as a file."""

    def __init__(self, raw: BinaryIO, start: int, size: int) -> None:
        self._raw, self._start, self._size = raw, start, size
        raw.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = max(self._start + self._size - self._raw.tell(), 0)
        block = self._raw.read(min(left, len(buffer)))
        buffer[: len(block)] = block
        return len(block)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._raw.tell() - self._start, os.SEEK_END: self._size}[whence]
        return self._raw.seek(self._start + base + offset) - self._start

    def close(self) -> None:
        self._raw.close()
        super().close()
