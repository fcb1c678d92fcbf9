"""Where a guideline comes from: a file, standard input, or the ones that ship with the package; likewise a policy."""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from typing import BinaryIO

from certmark.domain.advice import Action, Advice
from certmark.domain.guidelines import Guideline
from certmark.domain.policies import InvalidPolicy
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.document import MAX_BYTES
from certmark.formats.guideline.elsewhere import place_of
from certmark.formats.guideline.reading import read
from certmark.formats.guideline.shipped import path_of_shipped, shipped

_CHUNK = 1024 * 1024
_LARGEST_POLICY = 1 << 20
_GZIP = b"\x1f\x8b"


def load(path: str, *, last_counts: bool = False) -> Guideline:
    """The guideline of this id that ships along, else the one in the file `path` (`-`: standard input).

    The id of a shipped guideline means that guideline, whatever lies in the current folder. gzip is
    unpacked; the digest is that of the unpacked text. `last_counts` is that of `read`.
    Raises InvalidGuideline, also for a file that cannot be read.
    """
    if path == "-":
        return _read(sys.stdin.buffer, "standard input", last_counts=last_counts)
    place = path_of_shipped(path) if path in shipped() else Path(path)
    if not path or not place.exists():
        elsewhere = place_of(path)
        raise InvalidGuideline(
            f"there is no file {excerpt(path)}, and no guideline of that id comes along "
            f"({', '.join(shipped())}){elsewhere}",
            Advice(Action.NAME_GUIDELINE_COPY) if elsewhere else None,
        )
    try:
        with place.open("rb") as file:
            return _read(file, place.name, last_counts=last_counts)
    except IsADirectoryError as error:
        raise InvalidGuideline(f"{place.name} is a directory; name a file in it") from error
    except OSError as error:
        raise InvalidGuideline(f"{place.name} cannot be read: {error.strerror or error}") from error


def _read(file: BinaryIO, name: str, *, last_counts: bool) -> Guideline:
    data = _bounded(file, name)
    if data[:2] == _GZIP:
        data, name = _unpacked(data, name), name.removesuffix(".gz")
    return read(data, name, last_counts=last_counts)


def _bounded(file: BinaryIO, name: str) -> bytes:
    data = bytearray()
    while chunk := file.read(_CHUNK):
        data += chunk
        if len(data) > MAX_BYTES:
            raise _too_large(name)
    return bytes(data)


def _unpacked(data: bytes, name: str) -> bytes:
    """The members of a gzip file, one after the other."""
    text = bytearray()
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            text += member.decompress(data, MAX_BYTES + 1 - len(text))
        except zlib.error as error:
            raise InvalidGuideline(f"{name}: its compression is broken; fetch it again") from error
        if len(text) > MAX_BYTES:
            raise _too_large(name)
        if not member.eof:
            raise InvalidGuideline(f"{name}: its compression stops in the middle; fetch it again")
        data = member.unused_data
    return bytes(text)


def _too_large(name: str) -> InvalidGuideline:
    return InvalidGuideline(f"{name}: it is larger than {MAX_BYTES // 1024 // 1024} MiB; no guideline is")


def read_policy(path: str) -> object:
    """The document in the file `path`. Raises InvalidPolicy, OSError."""
    with Path(path).open("rb") as file:
        data = file.read(_LARGEST_POLICY + 1)
    if len(data) > _LARGEST_POLICY:
        raise InvalidPolicy(f"{path} is larger than a policy may be (1 MiB)")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidPolicy(f"{path} is not JSON: {error}") from error
