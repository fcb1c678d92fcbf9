"""A run's folder -> a bundle. Raw results go in as they are; everything else without secrets and paths."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.evidence.bundle.folders import (
    accepted_of,
    files_in,
    find_known_secrets,
    salt_of_folder,
)
from certmark.evidence.bundle.journals import of_bundle
from certmark.evidence.bundle.layout import (
    FORMAT,
    JOURNAL,
    MANIFEST,
    PATH,
    PUBLIC,
    REPORT,
    VERSION,
    VERSIONS,
    BundleMember,
    Manifest,
    MemberKind,
    Preview,
    name_of_recorded,
    problem_of_names,
)
from certmark.evidence.bundle.masking import MaskedValue, copy_masked, is_maskable, masks_of
from certmark.evidence.secrets.acceptance import AcceptedSecret, digest_of, salt_of
from certmark.evidence.secrets.redaction import Disclosure, Redactor
from certmark.evidence.secrets.search import LeakedSecret, find_leaks, is_among, leaks_in, look_through
from certmark.evidence.secrets.sources import parse_accounts, read_text
from certmark.evidence.secrets.texts import mapped
from certmark.formats.errors import FormatError, InvalidBundle, SecretsInside, excerpt
from certmark.formats.run_folder import ACCOUNTS, CONF, TESTS, RunFolder, written_last
from certmark.formats.run_record import InvalidRunRecord, RunRecord, record_in
from certmark.formats.secrets.known import KnownSecrets
from certmark.version import __version__

_STEP = 1 << 20
_LARGEST_HEADER = 256 << 20
_CONFIGURED = (CONF, ACCOUNTS, TESTS)
_SHOWN = 3
_DIGITS = 12


class _Piece(NamedTuple):
    """A member to be: from a file as it is, or of a content made here."""

    path: str
    kind: MemberKind
    file: Path | None
    content: bytes
    masked: tuple[MaskedValue, ...] = ()
    """What is overwritten in it."""
    leaks: tuple[LeakedSecret, ...] | None = None
    """The secrets in it that must not leave; None: nobody looked yet."""

    def open(self) -> BinaryIO:
        """Its content from the beginning."""
        if self.file is not None and self.masked:
            return copy_masked(self.file, self.masked)
        return self.file.open("rb") if self.file is not None else io.BytesIO(self.content)


class _Record(NamedTuple):
    """What is known of the run."""

    run: RunRecord | None
    """As its journal begins; None: nobody kept one."""
    subject: str | None
    """The identity of what was tested."""
    guideline: str | None
    """The name of the file that judges; None: there is one only."""


class _Draft(NamedTuple):
    manifest: Manifest
    pieces: tuple[_Piece, ...]
    leaks: tuple[LeakedSecret, ...]
    disclosures: Mapping[str, Disclosure]
    unsearchable: tuple[str, ...]
    """Known secrets that cannot be looked for."""


def preview(folder: Path) -> Preview:
    """What would leave the machine; raises InvalidBundle or OSError."""
    draft = _draft(folder)
    texts = tuple(
        (piece.path, piece.content.decode("utf-8", "replace")) for piece in draft.pieces if piece.file is None
    )
    return Preview(draft.manifest, draft.leaks, texts, draft.unsearchable)


def disclosures(folder: Path) -> Mapping[str, Disclosure]:
    """What stands behind each digest of the run's bundle; raises InvalidBundle or OSError."""
    return _draft(folder).disclosures


def write(folder: Path, path: Path) -> None:
    """Write the bundle to `path`, whole or not at all; raises InvalidBundle, SecretsInside or OSError."""
    _write(_draft(folder), path)


def write_recorded(folder: Path, subject: str | None, guideline: str, path: Path) -> Manifest:
    """Write a bundle of results that exist already, which lie in `folder` as those of a run would.

    There is no journal and no configuration: no run of ours is on record. `subject` is the identity of
    what was tested, `guideline` the name of the file that judged. The run is called by the digests of its
    results. Raises as `write`.
    """
    draft = _draft(folder, _Record(None, subject, guideline))
    _write(draft, path)
    return draft.manifest


def _write(draft: _Draft, path: Path) -> None:
    if draft.leaks:
        raise _refusal(draft.leaks)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            _pack(draft, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _refusal(found: tuple[LeakedSecret, ...]) -> SecretsInside:
    shown = "; ".join(f"{leak.what} stands in {leak.member}" for leak in found[:_SHOWN])
    more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
    return SecretsInside(
        f"no bundle is written, a secret would leave the machine: {shown}{more}; change it, and run these tests again",
        None
        if any(leak.is_known for leak in found)
        else Advice(Action.ACCEPT_SECRET, " ".join(dict.fromkeys(leak.digest[:_DIGITS] for leak in found[:_SHOWN]))),
    )


def _draft(folder: Path, record: _Record | None = None) -> _Draft:
    record = record or _recorded(folder)
    known, accepted, salt = find_known_secrets(folder), accepted_of(folder), salt_of_folder(folder)
    redactor = Redactor(salt, known, _places(folder))
    pieces = tuple(_pieces(folder, record, redactor, accepted, known))
    members: list[BundleMember] = []
    found: list[LeakedSecret] = []
    for piece in pieces:
        with piece.open() as stream:
            members.append(_measure(piece, stream))
        found += _leaks_of(piece, known, accepted)
    _check_names(pieces)
    manifest = Manifest(
        name_of_recorded(members) if record.run is None else record.run.run or folder.name,
        __version__,
        tuple(members),
        redactor.removals,
        None if record.subject is None else redactor.text(record.subject, MANIFEST),
        tuple(one for piece in pieces for one in _accepted_in(piece, accepted)),
    )
    leaks = tuple(replace(leak, digest=digest_of(salt_of(salt, leak.value), leak.value)) for leak in found)
    return _Draft(manifest, pieces, leaks, redactor.disclosures, known.unsearchable)


def _recorded(folder: Path) -> _Record:
    if not (folder / JOURNAL).is_file():
        raise InvalidBundle(f"{folder.name or folder} is no run's folder: there is no {JOURNAL} in it")
    with (folder / JOURNAL).open("rb") as file:
        line = file.readline(_LARGEST_HEADER)
    try:
        run = record_in(line)
    except InvalidRunRecord as error:
        raise InvalidBundle(f"{JOURNAL}: {error}; it was changed by something else") from error
    return _Record(run, None if run.identity is None else run.identity.id, run.guideline.file)


def _check_names(pieces: tuple[_Piece, ...]) -> None:
    """Raise InvalidBundle for names that no reader would take."""
    for piece in pieces:
        if not PATH.match(piece.path):
            raise InvalidBundle(f"{excerpt(piece.path)} is no name for a member of a bundle; rename the file")
    problem = problem_of_names([MANIFEST, *(piece.path for piece in pieces)])
    if problem is not None:
        raise InvalidBundle(f"no bundle is written: {problem}; rename one of the files")


def _leaks_of(piece: _Piece, known: KnownSecrets, accepted: Collection[AcceptedSecret]) -> tuple[LeakedSecret, ...]:
    """The secrets that are in a member still, as it would leave; of a stream they are known since it was masked."""
    if piece.leaks is not None:
        return piece.leaks
    with piece.open() as stream:
        return find_leaks(stream, piece.path, known, accepted=accepted, is_public=piece.kind in PUBLIC)


def _accepted_in(piece: _Piece, accepted: Collection[AcceptedSecret]) -> Iterator[AcceptedSecret]:
    """What was accepted of a member and still stands in it as it would leave."""
    here = dict.fromkeys(one for one in accepted if one.member == piece.path)
    if not here:
        return
    with piece.open() as stream, mapped(stream) as content:
        found = tuple(look_through(content, KnownSecrets({})))
    yield from (one for one in here if is_among(found, one))


def _pieces(
    folder: Path, record: _Record, redactor: Redactor, accepted: Collection[AcceptedSecret], known: KnownSecrets
) -> Iterator[_Piece]:
    run = record.run
    if run is not None:
        yield _Piece(JOURNAL, MemberKind.JOURNAL, None, _journal(folder, redactor))
    versions = json.dumps({"certmark": __version__} if run is None else _versions(run), indent=1, sort_keys=True)
    yield _Piece(VERSIONS, MemberKind.VERSIONS, None, redactor.text(versions, VERSIONS).encode())
    places, judging = RunFolder(folder), record.guideline
    for path in files_in(places.guideline):
        kind = MemberKind.GUIDELINE if path.name == (judging or path.name) else MemberKind.JUDGING
        yield _Piece(f"guideline/{path.name}", kind, path, b"")
    for name in _CONFIGURED:
        path = places.configuration / name
        if path.is_file():
            kind = MemberKind.SELECTION if name == TESTS else MemberKind.CONFIGURATION
            member = f"configuration/{name}"
            content = _without_secrets(read_text(path), member, redactor)
            yield _Piece(member, kind, None, content.encode("utf-8", "surrogateescape"))
    for path in _streams(places.streams):
        yield _stream(f"streams/{path.name}", path, redactor, accepted, known)
    if places.report.is_file():
        yield _report(places.report, redactor, known)


def _stream(
    member: str, path: Path, redactor: Redactor, accepted: Collection[AcceptedSecret], known: KnownSecrets
) -> _Piece:
    """Looked through once, as it was; what is overwritten in it, and what must not leave."""
    with path.open("rb") as file, mapped(file) as content:
        found = tuple(look_through(content, known))
    masked = masks_of(found)
    for secret in masked:
        redactor.note(member, secret.what, secret.value)
    leaks = leaks_in((one for one in found if not is_maskable(one)), member, accepted=accepted)
    return _Piece(member, MemberKind.STREAM, path, b"", masked, leaks)


def _report(path: Path, redactor: Redactor, known: KnownSecrets) -> _Piece:
    """The report as it is; its excerpts of logs without any secret."""
    with path.open("rb") as file:
        if not find_leaks(file, REPORT, known):
            return _Piece(REPORT, MemberKind.REPORT, path, b"")
    try:
        document = redactor.excerpts(json.loads(read_text(path)), REPORT)
    except (ValueError, RecursionError) as error:
        raise InvalidBundle(f"{REPORT} is no JSON; it was changed by something else") from error
    return _Piece(REPORT, MemberKind.REPORT, None, json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n")


def _journal(folder: Path, redactor: Redactor) -> bytes:
    """The journal, as far as others can check it; a torn last line is as if it had never been written."""
    lines = []
    for line in read_text(folder / JOURNAL).splitlines(keepends=True):
        if not line.endswith("\n"):
            break
        try:
            lines.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise InvalidBundle(
                f"{JOURNAL}, line {len(lines) + 1}, is no JSON; it was changed by something else"
            ) from error
    try:
        shown = of_bundle(lines, {path.name for path in _streams(RunFolder(folder).streams)})
    except (FormatError, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InvalidBundle(f"{JOURNAL} is not what a run writes; it was changed by something else") from error
    text = "".join(f"{json.dumps(redactor.excerpts(line, JOURNAL))}\n" for line in shown)
    return text.encode("utf-8", "surrogateescape")


def _without_secrets(text: str, member: str, redactor: Redactor) -> str:
    if member.endswith(".conf"):
        return redactor.configuration(text, member)
    if member.endswith(".yaml"):
        import yaml

        document: Any = redactor.document(parse_accounts(text), member)
        return str(yaml.safe_dump(document, sort_keys=False))
    return redactor.text(text, member)


def _places(folder: Path) -> Mapping[str, str]:
    """What stands for paths of this machine."""
    found = {str(folder.absolute()): "RUN", str(folder.resolve()): "RUN"}
    home = _home()
    return found | ({home: "~"} if len(home) > 1 else {})


def _home() -> str:
    try:
        return str(Path.home())
    except RuntimeError:  # a user without a home
        return ""


def _versions(run: RunRecord) -> dict[str, Any]:
    suite = run.suite
    return {
        "certmark": __version__,
        "suite": {"name": suite.name, "version": suite.version},
        "distributions": dict(suite.distributions),
    }


def _streams(folder: Path) -> list[Path]:
    """Those that hold anything, in the order in which they were written to."""
    paths = [path for path in files_in(folder) if path.stat().st_size]
    return sorted(paths, key=written_last)


def _measure(piece: _Piece, stream: BinaryIO) -> BundleMember:
    digest, size = hashlib.sha256(), 0
    while block := stream.read(_STEP):
        digest.update(block)
        size += len(block)
    original = _digest_of(piece.file) if piece.masked and piece.file is not None else None
    return BundleMember(piece.path, piece.kind, size, digest.hexdigest(), original)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
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
    document = {"format": FORMAT, "version": VERSION, **manifest.document()}
    return json.dumps(document, indent=1).encode("ascii") + b"\n"
