"""A bundle read back: a stranger's archive, checked member by member against its manifest.

Nothing is unpacked to a place with a name; paths of members are never used as paths.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Self, cast

from certmark.domain.advice import Action, Advice
from certmark.domain.guidelines import Guideline
from certmark.domain.results import Evidence
from certmark.domain.subject_identities import InvalidSubjectIdentity, parse_subject
from certmark.evidence.bundle.hashing import Hasher
from certmark.evidence.bundle.layout import (
    FORMAT,
    JOURNAL,
    MANIFEST,
    PATH,
    REPORT,
    VERSION,
    BundleMember,
    Manifest,
    MemberKind,
    problem_of_names,
)
from certmark.evidence.secrets.acceptance import accepted_in
from certmark.evidence.secrets.redaction import RemovedSecret
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import FormatError, InvalidBundle, UnreadableResults, excerpt
from certmark.formats.guideline.reading import read as read_guideline
from certmark.formats.plain_tar import read_plain_members
from certmark.formats.results.evidence import evidence_of, head_of, is_report
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.results.report.parsing import parse_report
from certmark.formats.run_circumstances import evidence_of_journal
from certmark.formats.sources import FileSource
from certmark.formats.tar import BLOCK, Stopped, TarContent, TarMember

_LARGEST_MANIFEST = 16 << 20
_LARGEST = 8 << 30
"""Bytes of all members together; the largest known run has 0.3 GiB."""
_MOST_MEMBERS = 10_000
_STEP = 1 << 20
"""Bytes at once: measured, to hand smaller ones to the thread that hashes costs more than the cache gains."""
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class Bundle:
    """A bundle: its manifest, and its members to be opened. A context that frees what it holds."""

    def __init__(self, name: str, manifest: Manifest, document: Mapping[str, Any]) -> None:
        """Use `read`."""
        self.name = name
        self.manifest = manifest
        self.manifest_document = document
        """As it stands there."""
        self._spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - lives as long as the bundle
        self._places: dict[str, tuple[int, int]] = {}
        self._checked: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what the bundle holds."""
        self._spool.close()

    def source(self, path: str) -> FileSource:
        """The member `path`, to be read from while the bundle is open; KeyError if there is none."""
        start, size = self._places[path]
        return FileSource(PurePosixPath(path).name, lambda: cast("BinaryIO", _Part(self._spool.fileno(), start, size)))

    def content(self, path: str) -> bytes:
        """All of the member `path`; KeyError if there is none."""
        start, size = self._places[path]
        return _Part(self._spool.fileno(), start, size).read()

    def extent(self, path: str) -> tuple[int, int, int]:
        """Where the member `path` lies while the bundle is open: a file's descriptor, its beginning there, its size."""
        return (self._spool.fileno(), *self._places[path])

    def json(self, path: str) -> Any:
        """The member `path` parsed. Raises InvalidBundle, also where there is none."""
        try:
            return parse_json(self.content(path), f"{path} in {self.name}", InvalidBundle, unique=True)
        except KeyError as error:
            raise InvalidBundle(f"{self.name} has no {path}; send it again") from error

    @cached_property
    def report(self) -> Mapping[str, Any]:
        """Its report, parsed; its parts may have any shape. Raises InvalidBundle or UnreadableResults."""
        if not self.has(REPORT):
            raise InvalidBundle(f"{self.name} has no {REPORT}: the run was never judged", Advice(Action.FINISH_RUN))
        return parse_report(self.content(REPORT))

    def evidence(self, *, digest: bool = True) -> tuple[Evidence, ...]:
        """What its streams tell, as its journal lets them be read. Raises FormatError."""
        for member in self.manifest.of(MemberKind.STREAM):
            source = self.source(member.path)
            if recognise(head_of(source)) is ResultsKind.JSON and is_report(source):
                problem = f"{self.name}: {source.name} is a report and no raw results"
                raise InvalidBundle(f"{problem}; ask for the results that it was made of")
        pieces = [
            # The digest of the member was compared when it was read.
            piece._replace(sha256=member.sha256) if digest and piece.sha256 is None else piece
            for member in self.manifest.of(MemberKind.STREAM)
            for piece in evidence_of(self.source(member.path), digest=False)
        ]
        return tuple(evidence_of_journal(pieces, self.content(JOURNAL)) if self.has(JOURNAL) else pieces)

    def take(self, member: BundleMember, content: TarContent, *, keep: bool = True) -> None:
        """Check a member's bytes, and keep them unless told otherwise.

        Raises InvalidBundle where they are not what the manifest says.
        """
        start, size = self._spool.tell(), 0
        with Hasher() as hasher:
            while block := content.read(_STEP):
                hasher.update(block)
                size += len(block)
                if keep:
                    self._spool.write(block)
        if content.is_cut:
            raise Stopped
        if (size, hasher.hexdigest()) != (member.size, member.sha256):
            raise InvalidBundle(f"{self.name}: {member.path} is not what the manifest says; it was changed or damaged")
        self._checked.add(member.path)
        if keep:
            self._places[member.path] = (start, size)

    @property
    def missing(self) -> tuple[str, ...]:
        """Members that the manifest names and the archive does not have."""
        return tuple(member.path for member in self.manifest.members if member.path not in self._checked)

    def has(self, path: str) -> bool:
        """Whether there is such a member."""
        return path in self._places


class _Part(io.RawIOBase):
    """A reader of a part of a file, with a place of its own."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self._descriptor, self._start, self._size, self._at = descriptor, start, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = os.pread(self._descriptor, min(len(buffer), self._size - self._at), self._start + self._at)
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, min(self._size, base + offset))
        return self._at

    def tell(self) -> int:
        return self._at


def read(source: FileSource, *, streams: bool = True) -> Bundle:
    """The bundle in `source`; without `streams` they are checked, and are not there to be read.

    Raises InvalidBundle or UnreadableResults.
    """
    with source.open_strictly() as stream:
        members = read_plain_members(stream, source.name)
        bundle = None
        try:
            first = _first(members, source)
            bundle = Bundle(source.name, *_manifest(first, source.name))
            wanted = {member.path: member for member in bundle.manifest.members}
            for member in members:
                expected = _expected(member, wanted, source.name)
                bundle.take(expected, member.content, keep=streams or expected.kind is not MemberKind.STREAM)
                del wanted[member.path]
        except Stopped as error:
            _close(bundle)
            raise InvalidBundle(f"{source.name} stops in the middle; take a fresh copy") from error
        except BaseException:
            _close(bundle)
            raise
    if bundle.missing:
        _close(bundle)
        raise InvalidBundle(
            f"{source.name} lacks {excerpt(bundle.missing[0])}, which its manifest names; take a fresh copy"
        )
    return bundle


def _first(members: Iterator[TarMember], source: FileSource) -> TarMember | None:
    """What is not even packed and does not begin like an archive is another file, not a damaged bundle."""
    try:
        return next(members, None)
    except (UnreadableResults, Stopped) as error:
        if source.packed or _is_tar(source):
            raise
        raise InvalidBundle(
            f"{source.name} is no bundle of certmark, and no archive at all; name another file"
        ) from error


def _is_tar(source: FileSource) -> bool:
    with source.open() as stream:
        return stream.read(BLOCK)[257:262] == b"ustar"


def _close(bundle: Bundle | None) -> None:
    if bundle is not None:
        bundle.close()


def _manifest(member: TarMember | None, name: str) -> tuple[Manifest, Mapping[str, Any]]:
    if member is None or member.path != MANIFEST or not member.is_file:
        raise InvalidBundle(f"{name} is no bundle of certmark: it does not begin with {MANIFEST}")
    if member.size > _LARGEST_MANIFEST:
        raise InvalidBundle(f"{name}: its manifest has {member.size:,} bytes; no run's has")
    content = member.content.read()
    if member.content.is_cut:
        raise Stopped
    try:
        document = parse_json(content, f"the manifest of {name}", InvalidBundle, unique=True)
        return _understood(document, name), document
    except InvalidSubjectIdentity as error:
        raise InvalidBundle(f"{name}: {error}") from error
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        if isinstance(error, InvalidBundle):
            raise
        raise InvalidBundle(f"{name}: its manifest is not that of a bundle; take a fresh copy") from error


def _understood(document: Mapping[str, Any], name: str) -> Manifest:
    if document["format"] != FORMAT:
        raise InvalidBundle(f"{name} is no bundle of certmark")
    if type(document["version"]) is not int or document["version"] != VERSION:
        version = excerpt(str(document["version"]), 20)
        raise InvalidBundle(f"{name} is a bundle of version {version}; this Certmark reads version {VERSION}")
    members = tuple(_member(entry, name) for entry in document["members"])
    if len(members) > _MOST_MEMBERS or sum(member.size for member in members) > _LARGEST:
        raise InvalidBundle(f"{name} announces more than a run has ({_LARGEST >> 30} GiB, {_MOST_MEMBERS:,} members)")
    problem = problem_of_names([MANIFEST, *(member.path for member in members)])
    if problem is not None:
        raise InvalidBundle(f"{name}: {problem}; do not trust it")
    removals = tuple(
        RemovedSecret(str(item["member"]), str(item["what"]), str(item["digest"])) for item in document["removed"]
    )
    accepted = Fields(document, name, InvalidBundle, hint="take a fresh copy") if "accepted" in document else None
    cloud = document.get("cloud")
    return Manifest(
        str(document["run"])[:200],
        str(document["evaluator"]["version"])[:50],
        members,
        removals,
        None if cloud is None else str(parse_subject(str(cloud))),
        () if accepted is None else accepted_in(accepted),
    )


def _member(entry: Mapping[str, Any], name: str) -> BundleMember:
    path, size, digest, original = entry["path"], entry["size"], entry["sha256"], entry.get("original")
    if (
        not (isinstance(path, str) and PATH.match(path) and ".." not in path)
        or not (type(size) is int and size >= 0)
        or not (isinstance(digest, str) and _DIGEST.match(digest))
        or not (original is None or (isinstance(original, str) and _DIGEST.match(original)))
    ):
        raise InvalidBundle(f"{name}: its manifest names a member {excerpt(str(path))} that no bundle has")
    return BundleMember(path, MemberKind(entry["kind"]), size, digest, original)


def _expected(member: TarMember, wanted: Mapping[str, BundleMember], name: str) -> BundleMember:
    expected = wanted.get(member.path)
    if expected is None or not member.is_file:
        raise InvalidBundle(
            f"{name} has a member {excerpt(member.path)} that its manifest does not name; do not trust it"
        )
    if expected.size != member.size:
        raise InvalidBundle(f"{name}: {member.path} is not what the manifest says; it was changed or damaged")
    return expected


def guidelines_of(bundle: Bundle) -> tuple[Guideline, ...]:
    """The guidelines in a bundle: the one that judged, and those of hosts. Raises FormatError.

    Of a key that stands twice the last one counts: no guideline judges with such a key that was not read so.
    """
    found = []
    for member in (*bundle.manifest.of(MemberKind.GUIDELINE), *bundle.manifest.of(MemberKind.JUDGING)):
        try:
            name = PurePosixPath(member.path).name
            found.append(read_guideline(bundle.content(member.path), name, last_counts=True))
        except FormatError:
            if member.kind is MemberKind.GUIDELINE:
                raise
    return tuple(found)
