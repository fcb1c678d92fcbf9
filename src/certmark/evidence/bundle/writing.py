"""A run's folder -> a bundle. Raw results go in as they are; everything else without secrets and paths."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import platform
import secrets
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from certmark.evidence.bundle.folders import CONFIGURATION, files_of, known_secrets, loaded, text_of
from certmark.evidence.bundle.joining import joined
from certmark.evidence.bundle.layout import (
    FORMAT,
    JOURNAL,
    MANIFEST,
    REPORT,
    VERSION,
    VERSIONS,
    BundleMember,
    Manifest,
    MemberKind,
    Preview,
)
from certmark.evidence.bundle.masking import Masked, masked_copy, secrets_of_tests
from certmark.evidence.secrets.redaction import Opening, Redactor
from certmark.evidence.secrets.search import Leak, leaks
from certmark.formats.errors import InvalidBundle, SecretsInside
from certmark.version import __version__

_SALT = "redaction-salt"
_STEP = 1 << 20
_LARGEST_TEXT = 256 << 20
_CONFIGURED = ("tempest.conf", "accounts.yaml", "tests.txt")
_SHOWN = 3


class _Piece(NamedTuple):
    """A member to be: from a file as it is, or of a content made here."""

    path: str
    kind: MemberKind
    file: str | None
    content: bytes
    masked: tuple[Masked, ...] = ()
    """What is overwritten in it."""

    def open(self) -> BinaryIO:
        """Its content from the beginning."""
        if self.file is not None and self.masked:
            return masked_copy(self.file, self.masked)
        return open(self.file, "rb") if self.file is not None else io.BytesIO(self.content)


class _Draft(NamedTuple):
    manifest: Manifest
    pieces: tuple[_Piece, ...]
    leaks: tuple[Leak, ...]
    openings: Mapping[str, Opening]


def preview(folder: str) -> Preview:
    """What would leave the machine; raises InvalidBundle or OSError."""
    draft = _draft(folder)
    texts = tuple(
        (piece.path, piece.content.decode("utf-8", "replace")) for piece in draft.pieces if piece.file is None
    )
    return Preview(draft.manifest, draft.leaks, texts)


def openings(folder: str) -> Mapping[str, Opening]:
    """What stands behind each digest of the run's bundle; raises InvalidBundle or OSError."""
    return _draft(folder).openings


def write(folder: str, path: str) -> str:
    """Write the bundle whole or not at all; raises InvalidBundle, SecretsInside or OSError."""
    draft = _draft(folder)
    if draft.leaks:
        raise SecretsInside(_told(draft.leaks))
    unfinished = f"{path}.{os.getpid()}"
    try:
        with open(unfinished, "wb") as file:
            _pack(draft, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    finally:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
    return path


def _told(found: tuple[Leak, ...]) -> str:
    shown = "; ".join(f"{leak.what} stands in {leak.member}" for leak in found[:_SHOWN])
    more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
    return (
        f"no bundle is written, a secret would leave the machine: {shown}{more}; change it, and run these tests again"
    )


def _draft(folder: str) -> _Draft:
    if not os.path.isfile(os.path.join(folder, JOURNAL)):
        raise InvalidBundle(f"{os.path.basename(folder) or folder} is no run's folder: there is no {JOURNAL} in it")
    known = known_secrets(folder)
    redactor = Redactor(_salt(folder), known, _places(folder))
    pieces = tuple(_pieces(folder, redactor))
    members: list[BundleMember] = []
    found: list[Leak] = []
    for piece in pieces:
        with piece.open() as stream:
            members.append(_measured(piece, stream))
        with piece.open() as stream:
            found += _leaks_of(piece, stream, known)
    run = str(_header(folder).get("run") or os.path.basename(folder))
    cloud = _header_details(folder).get("cloud_identity")
    manifest = Manifest(
        run,
        __version__,
        tuple(members),
        redactor.removals,
        None if cloud is None else redactor.text(str(cloud), MANIFEST),
    )
    return _Draft(manifest, pieces, tuple(found), redactor.openings)


def _leaks_of(piece: _Piece, stream: BinaryIO, known: Mapping[str, str]) -> tuple[Leak, ...]:
    """The secrets that are in a member still, also those that lie across packets of a stream."""
    found = leaks(stream, piece.path, known)
    if piece.kind is MemberKind.STREAM:
        parts = (leaks(io.BytesIO(one.text), piece.path, known) for one in joined(stream))
        found = tuple(dict.fromkeys((*found, *(leak for part in parts for leak in part))))
    return found


def _pieces(folder: str, redactor: Redactor) -> Iterator[_Piece]:
    yield _Piece(JOURNAL, MemberKind.JOURNAL, None, _journal(folder, redactor))
    versions = json.dumps(_versions(folder), indent=1, sort_keys=True)
    yield _Piece(VERSIONS, MemberKind.VERSIONS, None, redactor.text(versions, VERSIONS).encode())
    for name in files_of(os.path.join(folder, "guideline")):
        kind = (
            MemberKind.GUIDELINE if name == _header_details(folder).get("guideline_file", name) else MemberKind.JUDGING
        )
        yield _Piece(f"guideline/{name}", kind, os.path.join(folder, "guideline", name), b"")
    for name in _CONFIGURED:
        path = os.path.join(folder, CONFIGURATION, name)
        if os.path.isfile(path):
            kind = MemberKind.SELECTION if name == "tests.txt" else MemberKind.CONFIGURATION
            member = f"configuration/{name}"
            yield _Piece(
                member, kind, None, _configured(text_of(path), member, redactor).encode("utf-8", "surrogateescape")
            )
    for name in _streams(os.path.join(folder, "streams")):
        yield _stream(f"streams/{name}", os.path.join(folder, "streams", name), redactor)
    report = os.path.join(folder, REPORT)
    if os.path.isfile(report):
        yield _report(report, redactor)


def _stream(member: str, path: str, redactor: Redactor) -> _Piece:
    found = secrets_of_tests(path)
    for secret in found:
        redactor.note(member, secret.what, secret.value)
    return _Piece(member, MemberKind.STREAM, path, b"", found)


def _report(path: str, redactor: Redactor) -> _Piece:
    """The report as it is; its excerpts of logs without what was masked in the streams."""
    if not secrets_of_tests(path):
        return _Piece(REPORT, MemberKind.REPORT, path, b"")
    try:
        document = redactor.excerpts(json.loads(text_of(path)), REPORT)
    except (ValueError, RecursionError) as error:
        raise InvalidBundle(f"{REPORT} is no JSON; it was changed by something else") from error
    return _Piece(REPORT, MemberKind.REPORT, None, json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n")


def _journal(folder: str, redactor: Redactor) -> bytes:
    """The journal, its last line left out where it is torn: as if it had never been written."""
    lines = []
    for line in text_of(os.path.join(folder, JOURNAL)).splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        try:
            lines.append(json.dumps(redactor.document(json.loads(line), JOURNAL)))
        except (ValueError, RecursionError) as error:
            raise InvalidBundle(
                f"{JOURNAL}, line {len(lines) + 1}, is no JSON; it was changed by something else"
            ) from error
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def _configured(text: str, member: str, redactor: Redactor) -> str:
    if member.endswith(".conf"):
        return redactor.configuration(text, member)
    if member.endswith(".yaml"):
        import yaml

        document: Any = redactor.document(loaded(text), member)
        return str(yaml.safe_dump(document, sort_keys=False))
    return redactor.text(text, member)


def _salt(folder: str) -> bytes:
    """The run's own, made when first needed; it never leaves the folder."""
    place = os.path.join(folder, CONFIGURATION, _SALT)
    try:
        with open(place, "rb") as file:
            return file.read()
    except FileNotFoundError:
        os.makedirs(os.path.dirname(place), exist_ok=True, mode=0o700)
        salt = secrets.token_hex(32).encode()
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(salt)
        return salt


def _places(folder: str) -> Mapping[str, str]:
    home = os.path.expanduser("~")
    found = {os.path.abspath(folder): "RUN", os.path.realpath(folder): "RUN"}
    return found | ({home: "~"} if len(home) > 1 else {})


def _versions(folder: str) -> dict[str, Any]:
    details = _header_details(folder)
    return {
        "certmark": __version__,
        "python": platform.python_version(),
        "platform": platform.system(),
        "machine": platform.machine(),
        "suite": {"name": _header(folder).get("suite"), "version": _header(folder).get("suite_version")},
        "distributions": details.get("versions", {}),
    }


def _header(folder: str) -> Mapping[str, Any]:
    with open(os.path.join(folder, JOURNAL), "rb") as file:
        line = file.readline(_LARGEST_TEXT)
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidBundle(
            f"{JOURNAL} does not begin with what was asked; it was changed by something else"
        ) from error
    return header if isinstance(header, dict) else {}


def _header_details(folder: str) -> Mapping[str, Any]:
    details = _header(folder).get("details")
    return details if isinstance(details, dict) else {}


def _streams(folder: str) -> list[str]:
    """Those that hold anything, in the order in which they were written to."""
    names = [name for name in files_of(folder) if os.path.getsize(os.path.join(folder, name))]
    return sorted(names, key=lambda name: os.stat(os.path.join(folder, name)).st_mtime_ns)


def _measured(piece: _Piece, stream: BinaryIO) -> BundleMember:
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_STEP):
        digest.update(block)
        size += len(block)
    return BundleMember(
        piece.path, piece.kind, size, digest.hexdigest(), _digest_of(piece.file) if piece.masked else None
    )


def _digest_of(path: str | None) -> str:
    with open(path or "", "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(draft: _Draft, out: BinaryIO) -> None:
    """Times, owners and gzip's own header say nothing of the machine: the same run gives the same bytes."""
    manifest = manifest_document(draft.manifest)
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        archive.addfile(_entry(MANIFEST, len(manifest)), io.BytesIO(manifest))
        for piece, member in zip(draft.pieces, draft.manifest.members, strict=True):
            with piece.open() as stream:
                archive.addfile(_entry(piece.path, member.size), stream)


def _entry(path: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = size, 0o644
    return entry


def manifest_document(manifest: Manifest) -> bytes:
    """The manifest as it stands in a bundle; `format` comes first, so that a reader knows it by its head."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "run": manifest.run,
        **({} if manifest.cloud is None else {"cloud": manifest.cloud}),
        "evaluator": {"name": "certmark", "version": manifest.evaluator},
        "members": [member.document() for member in manifest.members],
        "removed": [removal._asdict() for removal in manifest.removals],
    }
    return json.dumps(document, indent=1).encode("ascii") + b"\n"
