"""Streams without the secrets of what the tests made: the same bytes but for stars, in the same places.

A server's password, a key pair's private key and a temporary URL stand in the log of nearly every run
of Tempest, and the logs stand in its stream. Each such value is overwritten with as many stars, and the
checksum of its packet is made anew; nothing moves, so every test, outcome and time is read as before.
What the value was can be shown later, like any other removal, and the digest of the stream as it was
stays in the manifest.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from certmark.evidence.secrets.search import PlacedSecret
from certmark.evidence.secrets.texts import STEP, packets_in
from certmark.formats.results.subunit.packets import checksum
from certmark.formats.secrets.kinds import Owner


class MaskedValue(NamedTuple):
    """A value that is to be overwritten."""

    start: int
    end: int
    what: str
    value: str


def masks_of(found: Iterable[PlacedSecret]) -> tuple[MaskedValue, ...]:
    """What of it is overwritten, in the order of the file, each byte once.

    What lies across packets is there once for each piece, with the whole value.
    """
    masks = {
        MaskedValue(start, end, one.kind.noun, one.value.decode("utf-8", "surrogateescape"))
        for one in found
        if is_maskable(one)
        for start, end in one.places
    }
    # Where two patterns found the same, the longer one is it.
    apart: list[MaskedValue] = []
    for one in sorted(masks, key=lambda one: (one.start, -one.end, one.what, -len(one.value))):
        if not apart or one.end > apart[-1].end:
            apart.append(one)
    return tuple(apart)


def is_maskable(found: PlacedSecret) -> bool:
    """Whether it is overwritten: a test's, where it is not in a name by which a test is known."""
    return found.kind.owner is Owner.TEST and bool(found.places)


def copy_masked(path: Path, secrets: tuple[MaskedValue, ...]) -> BinaryIO:
    """A file without a name that is `path` with stars in the place of `secrets`."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    with path.open("rb") as file:
        shutil.copyfileobj(file, copy, STEP)
    copy.flush()
    with mmap.mmap(copy.fileno(), 0) as content:
        packets = list(_packets_with(content, secrets))
        for secret in secrets:
            content[secret.start : secret.end] = b"*" * (secret.end - secret.start)
        for start, end in packets:
            with memoryview(content) as view, view[start : end - 4] as body:
                total = checksum(body)
            content[end - 4 : end] = struct.pack(">I", total)
    copy.seek(0)
    return copy


def _packets_with(content: mmap.mmap, secrets: tuple[MaskedValue, ...]) -> Iterator[tuple[int, int]]:
    """Where the sound packets of subunit v2 begin and end in which one of `secrets` stands."""
    waiting = list(reversed(secrets))
    for packet, start, end in packets_in(content, 0, len(content)):
        touched = False
        while waiting and waiting[-1].start < end:
            touched = touched or waiting[-1].start >= start
            waiting.pop()
        if packet is not None and touched:
            yield start - packet.content, end
        if not waiting:
            return
