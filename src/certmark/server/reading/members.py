"""The files in what was received, and a part of one of them as text: for whoever looks, and never to be run.

1. A bundle's members are those of its manifest; archives have members, too; anything else is one file.
2. Of a member no more is kept than is asked for, and nothing is written anywhere.
3. Bytes that are no UTF-8 become signs that say so; a part may begin and end within a sign.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from certmark.domain.errors import InvalidRequest
from certmark.evidence.bundle.reading import Bundle
from certmark.evidence.bundle.reading import read as read_bundle
from certmark.formats.errors import excerpt
from certmark.formats.results.evidence import head_of
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.sources import FileSource
from certmark.formats.tar import Stopped, TarMember, read_members
from certmark.server.reading.messages import EvidenceMember, EvidenceRequest, ReadEvidence

_MOST_MEMBERS = 2000
_LARGEST_PART = 256 << 10
_STEP = 1 << 20
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\x1b")


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read(request: EvidenceRequest, source: FileSource) -> ReadEvidence:
    """What is asked for. Raises InvalidRequest or FormatError."""
    kind = recognise(head_of(source))
    if kind is ResultsKind.BUNDLE:
        with read_bundle(source) as bundle:
            return _of_bundle(request, bundle)
    if kind in {ResultsKind.PARTS, ResultsKind.TAR}:
        return _of_archive(request, source)
    whole = EvidenceMember(request.name, kind.value if kind is not None else "", source.size)
    if request.member is None:
        return ReadEvidence((whole,))
    if request.member != request.name:
        raise _nothing(request)
    with source.open() as stream:
        return _part(request, (whole,), stream)


def _of_bundle(request: EvidenceRequest, bundle: Bundle) -> ReadEvidence:
    """Rule 1."""
    members = tuple(
        EvidenceMember(one.path, one.kind.value, one.size, one.sha256, one.original is not None)
        for one in bundle.manifest.members
    )
    if request.member is None:
        return ReadEvidence(members)
    if request.member not in {one.path for one in members}:
        raise _nothing(request)
    with bundle.source(request.member).open() as stream:
        return _part(request, members, stream)


def _of_archive(request: EvidenceRequest, source: FileSource) -> ReadEvidence:
    """What stops in the middle shows what there is of it."""
    members: list[EvidenceMember] = []
    found: ReadEvidence | None = None
    with source.open() as stream, suppress(Stopped):
        for member in read_members(stream, source.name):
            if not member.is_file or (not member.size and not members):
                continue
            if len(members) < _MOST_MEMBERS:
                members.append(EvidenceMember(member.path[:1000], "", member.size))
            if found is None and member.path == request.member:
                found = _of_member(request, member)
    if request.member is not None and found is None:
        raise _nothing(request)
    listed = tuple(members)
    return ReadEvidence(listed) if found is None else ReadEvidence(listed, *_rest(found))


def _rest(found: ReadEvidence) -> tuple[str, int, int, bool]:
    return found.text, found.first, found.size, found.is_text


def _of_member(request: EvidenceRequest, member: TarMember) -> ReadEvidence:
    return _part(request, (), member.content)


def _part(request: EvidenceRequest, members: tuple[EvidenceMember, ...], stream: _Stream) -> ReadEvidence:
    """Rules 2 and 3."""
    left = max(0, request.first)
    while left and (block := stream.read(min(left, _STEP))):
        left -= len(block)
    wanted, content = max(1, min(request.size, _LARGEST_PART)), bytearray()
    while len(content) < wanted and (block := stream.read(wanted - len(content))):
        content += block
    is_text = _CONTROLS.isdisjoint(content)
    text = content.decode("utf-8", "replace") if is_text else ""
    return ReadEvidence(members, text, request.first - left, len(content), is_text)


def _nothing(request: EvidenceRequest) -> InvalidRequest:
    return InvalidRequest(f"there is no file {excerpt(request.member or '')} in {request.name}")
