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
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from certmark.evidence.bundle.joining import end_of_packet, join_attachments
from certmark.evidence.secrets.patterns import KINDS, Owner, find_secrets
from certmark.evidence.secrets.search import OVERLAP, STEP
from certmark.formats.results.subunit.packets import SIGNATURE, checksum

_OF_TESTS = tuple(kind for kind in KINDS if kind.owner is Owner.TEST)


class MaskedValue(NamedTuple):
    """A value that is to be overwritten."""

    start: int
    end: int
    what: str
    value: str


def find_test_secrets(path: Path) -> tuple[MaskedValue, ...]:
    """The secrets of what tests made that stand in the file `path`, in their order. Bounded memory.

    One that lies across packets is there once for each piece, with the whole value.
    """
    with path.open("rb") as file:
        found = {*_within(file), *_across(file)}
    # Where two windows or two patterns found the same, the longer one is it.
    apart: list[MaskedValue] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end, one.what, -len(one.value))):
        if not apart or one.end > apart[-1].end:
            apart.append(one)
    return tuple(apart)


def _within(file: BinaryIO) -> Iterator[MaskedValue]:
    """Those that stand in one piece."""
    base, tail = 0, b""
    while block := file.read(STEP):
        window = tail + block
        for one in find_secrets(window, _OF_TESTS):
            yield MaskedValue(base + one.start, base + one.end, one.kind.noun, _text(one.value))
        base += max(0, len(window) - OVERLAP)
        tail = window[-OVERLAP:]


def _across(file: BinaryIO) -> Iterator[MaskedValue]:
    """Those that lie across the borders of packets."""
    for text in join_attachments(file):
        for one in find_secrets(text.text, _OF_TESTS):
            places = tuple(text.in_stream(one.start, one.end))
            for start, end in places:
                yield MaskedValue(start, end, one.kind.noun, _text(one.value))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


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
    place = 0
    while waiting and 0 <= place < len(content):
        end = end_of_packet(content, place)
        if end is None:
            place = content.find(bytes([SIGNATURE]), place + 1)
            continue
        touched = False
        while waiting and waiting[-1].start < end:
            touched = touched or waiting[-1].start >= place
            waiting.pop()
        if touched:
            yield place, end
        place = end
