"""Writes attempts as subunit v2, for stestr, subunit2html and whatever else reads it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import BinaryIO, Final

from certmark.domain.identity import join
from certmark.domain.results import Attempt, Outcome, Request
from certmark.formats.results.contents import MAX_NAME
from certmark.formats.results.subunit.details import error_line
from certmark.formats.results.subunit.own_fields import StreamRecord, tags_of, written
from certmark.formats.results.subunit.own_words import REASON, RECORD
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
    Outcome.EXPECTED_FAILURE: "xfail",
    Outcome.UNEXPECTED_SUCCESS: "uxsuccess",
}
_SECOND: Final = 1_000_000_000
_LAST_SECOND: Final = (1 << 32) - 1
_PLAIN: Final = "text/plain;charset=utf8"
_TRACEBACK: Final = "text/x-traceback;charset=utf8,language=python"
_LONGEST_TAGS: Final = 1 << 20
"""Bytes of the tags of one packet."""


def write_v2(attempts: Iterable[Attempt], out: BinaryIO, record: StreamRecord | None = None) -> None:
    """Write `attempts` one after the other: its beginning, what it said, its end.

    What subunit has no word for goes along in tags of ours (`own_words`). An unfinished attempt has no
    end if the stream stops (no `record` says that it is whole) and it is the last one of its test; else
    it is a failure whose tag says what it was. `record` is written where it says something, or is all.
    """
    attempts = tuple(attempts)
    if record is not None and (record != StreamRecord() or not attempts):
        out.write(_sealed(VERSION | FILE | MIME | EOF, _file(RECORD, "application/json", written(record))))
    last: dict[tuple[str, str | None], int] = {}
    if record is None or record.truncated:
        last = {_key(attempt): number for number, attempt in enumerate(attempts)}
    out.writelines(
        b"".join(_packets(attempt, may_be_open=last.get(_key(attempt)) == number))
        for number, attempt in enumerate(attempts)
    )


def _key(attempt: Attempt) -> tuple[str, str | None]:
    """What tells two tests in progress apart: the test id and the route."""
    route = attempt.worker if attempt.worker and not is_worker(attempt.worker) else None
    return join(attempt.name, attempt.uuid, attempt.attributes), route


def _packets(attempt: Attempt, *, may_be_open: bool) -> Iterable[bytes]:
    is_open = attempt.outcome is Outcome.UNFINISHED and may_be_open
    status = None if is_open else _WORDS.get(attempt.outcome, "fail")
    timed, stopped = _is_writable(attempt.started), attempt.stopped
    has_end = timed and not is_open and _is_writable(stopped)
    tags = [
        *attempt.tags,
        *tags_of(
            attempt,
            outcome=not is_open and attempt.outcome not in _WORDS,
            started=not timed,
            seconds=not has_end,
        ),
    ]
    started, stopped = attempt.started if timed else None, stopped if has_end else None
    yield _packet(attempt, tags, "inprogress", started)
    for name, mime, text in _attachments(attempt):
        yield _packet(attempt, tags, None, stopped, _file(name, mime, text.encode("utf-8", "replace")))
    if status is not None:
        yield _packet(attempt, tags, status, stopped)


def _is_writable(time: int | None) -> bool:
    return time is not None and 0 <= time // _SECOND <= _LAST_SECOND


def _attachments(attempt: Attempt) -> list[tuple[str, str, str]]:
    """Name, MIME type and text of each."""
    detail = attempt.detail
    if detail is None:
        return []
    found = []
    if detail.text:
        found.append(("traceback", _TRACEBACK, detail.text))
    if detail.reason and (attempt.outcome is Outcome.SKIPPED or not detail.text):
        found.append(("reason", _PLAIN, detail.reason))
    elif detail.reason and error_line(detail.text) != detail.reason:
        found.append((REASON, _PLAIN, detail.reason))
    if detail.requests:
        found.append(("pythonlogging:''", _PLAIN, "".join(map(_logged, detail.requests))))
    return found


def _logged(request: Request) -> str:
    """A call as Tempest logs it."""
    line = f"[tempest.lib.common.rest_client] Request (): {request.status} {request.method} {request.url} 0.0s\n"
    if request.request_id is None:
        return line
    header = "x-trans-id" if request.request_id.startswith("tx") else "x-openstack-request-id"
    return f"{line}    Response - Headers: {{'{header}': '{request.request_id}'}}\n"


def _packet(attempt: Attempt, tags: list[str], status: str | None, time: int | None, file: bytes = b"") -> bytes:
    """One packet about `attempt`."""
    flags = VERSION | TEST | RUNNABLE | STATUSES.index(status)
    fields = [b"", _text(join(attempt.name, attempt.uuid, attempt.attributes))]
    if time is not None:
        flags |= TIME
        fields[0] = struct.pack(">I", time // _SECOND) + _number(time % _SECOND)
    labels = list(_fitting([*([attempt.worker] if attempt.worker and is_worker(attempt.worker) else []), *tags]))
    if labels:
        flags |= TAGS
        fields += [_number(len(labels)), *labels]
    if file:
        flags |= FILE | MIME | EOF
        fields.append(file)
    if attempt.worker and not is_worker(attempt.worker):
        flags |= ROUTE
        fields.append(_text(attempt.worker[:MAX_NAME]))
    return _sealed(flags, b"".join(fields))


def _fitting(tags: Iterable[str]) -> Iterable[bytes]:
    """The tags as they are written, as many as fit into a packet."""
    room = _LONGEST_TAGS
    for tag in tags:
        text = _text(tag)
        room -= len(text)
        if room >= 0:
            yield text


def _file(name: str, mime: str, content: bytes) -> bytes:
    return _text(mime) + _text(name) + _number(len(content)) + content


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
