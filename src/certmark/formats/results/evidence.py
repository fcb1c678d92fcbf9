"""A file of results -> evidence: recognised by its content, read, described.

Each reader is imported when its format is met: a verdict on a small stream pays for one.
"""

from __future__ import annotations

import re
from typing import assert_never

from certmark.domain.results import Evidence
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import Reading
from certmark.formats.results.recognition import HEAD, ResultsKind, describe, recognise
from certmark.formats.sources import FileSource, read_whole

_ACCEPTED = "results are subunit, JUnit XML, a Sonobuoy tarball, RefStack's upload JSON or a report of certmark"
_LARGEST_JSON = 256 << 20
_REPORT = rb'"format"\s*:\s*"certmark-report"'


def evidence_of(source: FileSource, *, digest: bool) -> tuple[Evidence, ...]:
    """The evidence in `source`; several pieces only from a report or of several plugins. Raises FormatError or OSError.

    Bundles are opened above (`evidence.results`): what is in one is read here again.
    """
    head = head_of(source)
    match recognise(head):
        case ResultsKind.SUBUNIT_V2:
            from certmark.formats.results.subunit import read_v2

            reading = read_v2(source)
        case ResultsKind.SUBUNIT_V1:
            from certmark.formats.results.subunit import read_v1

            reading = read_v1(source)
        case ResultsKind.XML:
            from certmark.formats.results.junit import read_junit

            reading = read_junit(source)
        case ResultsKind.TAR:
            from certmark.formats.results.sonobuoy import read_sonobuoy

            readings = read_sonobuoy(source)
            return tuple(_of_plugin(source, reading, len(readings), digest=digest) for reading in readings)
        case ResultsKind.BUNDLE | ResultsKind.PARTS as kind:
            raise UnreadableResults(f"{source.name} is {kind.value} inside another file; name it itself")
        case ResultsKind.JSON:
            return _of_json(source, digest=digest)
        case None:
            raise UnreadableResults(_unknown(source.name, head))
        case other:
            assert_never(other)
    return (_evidence(source, reading, digest=digest),)


def is_report(source: FileSource) -> bool:
    """Whether the JSON in `source` is a report of ours, as `evidence_of` tells it. Raises UnreadableResults."""
    return re.search(_REPORT, read_whole(source, _LARGEST_JSON)) is not None


def _of_json(source: FileSource, *, digest: bool) -> tuple[Evidence, ...]:
    data = read_whole(source, _LARGEST_JSON)
    if re.search(_REPORT, data):
        from certmark.formats.results.report.reading import read_report

        return read_report(data)
    from certmark.formats.results.refstack import read_upload

    return (_evidence(source, read_upload(data, source.name), digest=digest),)


def head_of(source: FileSource) -> bytes:
    """The first bytes of `source`, by which it is recognised."""
    head = b""
    with source.open() as stream:
        while len(head) < HEAD and (block := stream.read(HEAD - len(head))):
            head += block
    return head


def _unknown(name: str, head: bytes) -> str:
    if not head.strip():
        return f"{name} is empty: nothing was written to it; run the tests again, or name another file"
    return f"{name} is {describe(head)}, which is not results; {_ACCEPTED}"


def _of_plugin(source: FileSource, reading: Reading, plugins: int, *, digest: bool) -> Evidence:
    piece = _evidence(source, reading, digest=digest)
    return piece._replace(name=f"{piece.name}, plugins/{reading.plugin}") if plugins > 1 else piece


def _evidence(source: FileSource, reading: Reading, *, digest: bool) -> Evidence:
    remarks = reading.remarks
    if source.cut_short:
        remarks = (*remarks, "its gzip compression stops in the middle")
    if not reading.attempts:
        remarks = (*remarks, "there is no test in it")
    return Evidence(
        name=source.name,
        format=reading.format,
        size=source.size,
        sha256=source.sha256() if digest else None,
        attempts=reading.attempts,
        passes_only=reading.passes_only,
        truncated=reading.truncated or source.cut_short,
        remarks=remarks,
        troubles=reading.troubles,
        plugin=reading.plugin,
    )
