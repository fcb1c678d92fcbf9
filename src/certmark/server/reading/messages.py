"""What is said between the server and a process that reads: four bytes of length, then MessagePack."""

from __future__ import annotations

from enum import IntEnum
from typing import IO

import msgspec

from certmark.server.numbering import KnownTest

LARGEST = 256 << 20
"""Bytes of one message."""


class TestOutcome(IntEnum):
    """What became of a test in a run, as one byte of its vector says; 0: the run says nothing of it."""

    __test__ = False

    NOTHING = 0
    PASSED = 1
    FAILED = 2
    SKIPPED = 3
    SET_UP_ERROR = 4
    UNFINISHED = 5


class ReadRequest(msgspec.Struct, array_like=True, frozen=True, tag="read"):
    """Read this file, and judge it."""

    path: str
    """Of the bytes as they were received."""
    name: str
    """What the sender called them."""
    guideline: str | None
    """The file of the guideline; None: nobody named one, and what came may name it."""
    guideline_name: str
    program: str | None
    as_of: str
    form: str | None = None
    """In which form the verdict is wanted (`reporting.views.Form`), beside its summary."""


class NumberedTests(msgspec.Struct, array_like=True, frozen=True, tag="numbered"):
    """Tests that the server has numbered, for readers; there is no answer."""

    tests: tuple[KnownTest, ...]


class JudgedAs(msgspec.Struct, array_like=True, frozen=True):
    """A verdict, in short."""

    program: str
    standing: str
    sentence: str | None
    """None: it was not asked for, and the verdict was found without it."""
    is_partial: bool
    """Nothing at all was said of a test that counts."""
    rendered: bytes
    """In the form that was asked for; empty: none was."""


class ReadResults(msgspec.Struct, array_like=True, frozen=True, tag="results"):
    """What came."""

    format: str
    tests: tuple[tuple[str, str, int], ...]
    """Name, uuid (empty: none) and TestOutcome of each; empty where `outcomes` has them."""
    began: int | None
    """Microseconds since 1970."""
    ended: int | None
    remarks: tuple[str, ...]
    verdict: JudgedAs | None
    outcomes: bytes = b""
    """Of known tests, a byte for each number up to the last one; empty where `tests` has them."""


class Unreadable(msgspec.Struct, array_like=True, frozen=True, tag="unreadable"):
    """It could not be read: the sender must send something else."""

    problem: str


ReadAnswer = ReadResults | Unreadable

_encode = msgspec.msgpack.Encoder().encode
_decode_request: msgspec.msgpack.Decoder[ReadRequest | NumberedTests] = msgspec.msgpack.Decoder(ReadRequest | NumberedTests)
_decode_answer: msgspec.msgpack.Decoder[ReadAnswer] = msgspec.msgpack.Decoder(ReadAnswer)


def send(stream: IO[bytes], message: ReadRequest | NumberedTests | ReadAnswer) -> None:
    """Write a message. Raises OSError."""
    data = _encode(message)
    stream.write(len(data).to_bytes(4, "big") + data)
    stream.flush()


def receive_request(stream: IO[bytes]) -> ReadRequest | NumberedTests | None:
    """The next request, or tests that were numbered; None at the end."""
    data = _next(stream)
    return None if data is None else _decode_request.decode(data)


def receive_answer(stream: IO[bytes]) -> ReadAnswer | None:
    """The next answer; None where the process ended. Raises msgspec.DecodeError for what is none."""
    data = _next(stream)
    return None if data is None else _decode_answer.decode(data)


def _next(stream: IO[bytes]) -> bytes | None:
    head = stream.read(4)
    size = int.from_bytes(head, "big")
    if len(head) < 4 or size > LARGEST:
        return None
    data = stream.read(size)
    return data if len(data) == size else None
