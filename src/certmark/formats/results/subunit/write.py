"""Writes attempts as subunit v2, for stestr, subunit2html and whatever else reads it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import BinaryIO, Final

from certmark.domain.identity import join
from certmark.domain.results import Attempt, Outcome
from certmark.formats.results.subunit.packets import (
    EOF,
    FILE,
    MIME,
    ROUTE,
    RUNNABLE,
    SIGNATURE,
    STATUSES,
    TAGS,
    TEST,
    TIME,
    VERSION,
)
from certmark.formats.results.subunit.state import is_worker

_WORDS: Final = {
    Outcome.PASSED: "success",
    Outcome.FAILED: "fail",
    Outcome.SKIPPED: "skip",
    Outcome.SETUP_ERROR: "fail",  # subunit has no word of its own for it
    Outcome.EXPECTED_FAILURE: "xfail",
    Outcome.UNEXPECTED_SUCCESS: "uxsuccess",
    Outcome.UNFINISHED: None,
}
_SECOND: Final = 1_000_000_000
_LAST_SECOND: Final = (1 << 32) - 1
_PLAIN: Final = "text/plain;charset=utf8"
_TRACEBACK: Final = "text/x-traceback;charset=utf8,language=python"


def write_v2(attempts: Iterable[Attempt], out: BinaryIO) -> None:
    """Write `attempts` one after the other: its beginning, what it said, its end.

    Reason and traceback go along as attachments; requests do not, since the stream has only logs
    for them. A set-up error becomes a failure. An unfinished attempt has no end.
    """
    out.writelines(b"".join(_packets(attempt)) for attempt in attempts)


def _packets(attempt: Attempt) -> Iterable[bytes]:
    status = _WORDS[attempt.outcome]
    stopped = attempt.stopped
    yield _packet(attempt, "inprogress", attempt.started)
    for name, mime, text in _attachments(attempt):
        yield _packet(attempt, None, stopped, (name, mime, text.encode("utf-8", "replace")))
    if status is not None:
        yield _packet(attempt, status, stopped)


def _attachments(attempt: Attempt) -> Iterable[tuple[str, str, str]]:
    """Name, MIME type and text of each."""
    if attempt.detail is None:
        return
    if attempt.detail.text:
        yield "traceback", _TRACEBACK, attempt.detail.text
    if attempt.detail.reason and (attempt.outcome is Outcome.SKIPPED or not attempt.detail.text):
        yield "reason", _PLAIN, attempt.detail.reason


def _packet(
    attempt: Attempt, status: str | None, time: int | None, file: tuple[str, str, bytes] | None = None
) -> bytes:
    """One packet about `attempt`."""
    flags = VERSION | TEST | RUNNABLE | STATUSES.index(status)
    fields = [b"", _text(join(attempt.name, attempt.uuid, attempt.attributes))]
    if time is not None and 0 <= time // _SECOND <= _LAST_SECOND:
        flags |= TIME
        fields[0] = struct.pack(">I", time // _SECOND) + _number(time % _SECOND)
    tags = [*attempt.tags, *([attempt.worker] if attempt.worker and is_worker(attempt.worker) else [])]
    if tags:
        flags |= TAGS
        fields += [_number(len(tags)), *map(_text, tags)]
    if file is not None:
        flags |= FILE | MIME | EOF
        fields += [_text(file[1]), _text(file[0]), _number(len(file[2])), file[2]]
    if attempt.worker and not is_worker(attempt.worker):
        flags |= ROUTE
        fields.append(_text(attempt.worker))
    return _sealed(flags, b"".join(fields))


def _sealed(flags: int, body: bytes) -> bytes:
    """A whole packet: signature, flags, length, `body`, checksum."""
    bare = 1 + 2 + len(body) + 4
    # The length counts itself; it takes as many bytes as it needs for that.
    length = next(length for width in (1, 2, 3) if len(length := _number(bare + width)) == width)
    packet = struct.pack(">BH", SIGNATURE, flags) + length + body
    return packet + struct.pack(">I", zlib.crc32(packet))


def _text(text: str) -> bytes:
    # Readers refuse texts with a NUL.
    encoded = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace")
    return _number(len(encoded)) + encoded


def _number(value: int) -> bytes:
    """`value` with its own length in the top two bits; at most 30 bits."""
    if value < 1 << 6:
        return struct.pack(">B", value)
    if value < 1 << 14:
        return struct.pack(">H", value | 0x4000)
    if value < 1 << 22:
        return struct.pack(">I", value | 0x800000)[1:]
    return struct.pack(">I", value | 0xC0000000)
