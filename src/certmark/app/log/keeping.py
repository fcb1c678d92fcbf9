"""What the operator of a log does: begins it, appends attestations, signs, proves, audits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.keys import AskPassphrase
from certmark.app.log.opening import OpenedLog, log_signer, memory_of_logs, note_key, opened, read
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener
from certmark.trust.envelopes import LARGEST, read_envelope
from certmark.trust.log.checkpoints import (
    Checkpoint,
    SignedCheckpoint,
    WitnessPolicy,
    open_checkpoint,
    unverified_checkpoint,
)
from certmark.trust.log.file_store import FILES, FileStore
from certmark.trust.log.log import Log, audit
from certmark.trust.log.notes import NoteKey, add_verified
from certmark.trust.log.receipts import (
    ENDING,
    backward_entry,
    has_cosignatures,
    issue_receipts,
    place_in,
    renew_receipt,
)
from certmark.trust.log.witness import write_request


@dataclass(frozen=True, kw_only=True)
class NewLogRequest:
    """A log to be begun."""

    folder: str
    origin: str
    """Its name: one that no other log has, like `example.org/log`."""
    key: str | None = None


def begin_log(request: NewLogRequest, ask: AskPassphrase, listen: Listener) -> NoteKey:
    """Make the folder and sign the empty log; the key by which others know it. Raises as `append`."""
    folder = Path(request.folder)
    if folder.exists() and not _is_unused(folder):
        raise InvalidRequest(f"{folder} is there already; name a folder that is not there yet")
    signer = log_signer(request.origin, request.key, ask, listen)
    remembered = memory_of_logs().last(request.origin)
    if remembered is not None:
        raise InvalidRequest(
            f"a log {request.origin} was begun on this machine before, and has {remembered.size:,} entries; "
            "a second history under one name would be a lie: choose another name, or bring its folder back"
        )
    with FileStore(str(folder), writable=True) as store:
        memory_of_logs().remember(Log(request.origin, store).checkpoint([signer]))
    return signer.key


def _is_unused(folder: Path) -> bool:
    """Whether nothing is in it, or what a log leaves that was never begun: empty files."""
    return folder.is_dir() and all(path.name in FILES and not path.stat().st_size for path in folder.iterdir())


@dataclass(frozen=True, kw_only=True)
class AppendRequest:
    """Attestations to be put on record."""

    folder: str
    attestations: Sequence[str]
    key: str | None = None
    output: str | None = None
    """Where the receipt goes, of one attestation; None: beside each."""
    published: Sequence[str] = ()


class IssuedReceipt(NamedTuple):
    """A receipt that was written."""

    attestation: str
    path: Path
    place: int
    """Of the entry in the log."""


class AppendedEntries(NamedTuple):
    """What was put on record."""

    receipts: tuple[IssuedReceipt, ...]
    checkpoint: Checkpoint


def append(request: AppendRequest, ask: AskPassphrase, listen: Listener) -> AppendedEntries:
    """Append, sign, and write a receipt for each attestation; what they say is not verified.

    Raises InvalidRequest, TrustError, AgentUnavailable, CannotProceed or OSError.
    """
    targets = _receipts_of(request)
    envelopes = [_envelope(path) for path in request.attestations]
    with opened(request.folder, request.published, writable=True) as found:
        signer = log_signer(found.log.origin, request.key, ask, listen, signed=found.checkpoint)
        receipts = issue_receipts(found.log, envelopes, dt.datetime.now(dt.UTC), [signer])
        last = found.log.checkpoint([signer])
        memory_of_logs().remember(last)
    written = []
    for path, target, receipt in zip(request.attestations, targets, receipts, strict=True):
        write_file(target, receipt)
        written.append(IssuedReceipt(path, target, place_in(receipt)))
    return AppendedEntries(tuple(written), unverified_checkpoint(last))


def _receipts_of(request: AppendRequest) -> list[Path]:
    if request.output is not None and len(request.attestations) > 1:
        raise InvalidRequest(
            f"one file cannot hold the receipts of {len(request.attestations)} attestations; "
            "append them one by one, or let each lie beside its attestation"
        )
    targets = [Path(request.output or f"{path}{ENDING}") for path in request.attestations]
    if len(set(targets)) < len(targets):
        raise InvalidRequest("an attestation is named twice; name it once")
    for target in targets:
        if target.exists():
            raise InvalidRequest(f"{target} is there already", Advice(Action.NAME_OTHER_FILE))
    return targets


def _envelope(path: str) -> bytes:
    with Path(path).open("rb") as file:
        data = file.read(LARGEST + 1)
    read_envelope(data, Path(path).name)
    return data


@dataclass(frozen=True, kw_only=True)
class CheckpointRequest:
    """The last checkpoint of a log, signed anew where the log has grown since."""

    folder: str
    key: str | None = None
    cosignatures: Sequence[str] = ()
    """Files with the answers of witnesses, to be put under it."""
    witnesses: Sequence[str] = ()
    """Their keys."""
    published: Sequence[str] = ()


def checkpoint(request: CheckpointRequest, ask: AskPassphrase, listen: Listener) -> bytes:
    """The signed checkpoint of everything in the log, with what witnesses put under it. Raises as `append`."""
    witnesses = [note_key(word) for word in request.witnesses]
    with opened(request.folder, request.published, writable=True) as found:
        found.log.check_history()
        note = found.checkpoint
        if unverified_checkpoint(note).size < found.log.size:
            signer = log_signer(found.log.origin, request.key, ask, listen, signed=note)
            note = found.log.checkpoint([signer])
        for path in request.cosignatures:
            note = add_verified(note, read(path), witnesses, "the last checkpoint")
        if note != found.store.checkpoint():
            found.store.keep_checkpoint(note)
        memory_of_logs().remember(note)
    return note


@dataclass(frozen=True, kw_only=True)
class RenewalRequest:
    """Receipts to be given again under the last checkpoint."""

    folder: str
    receipts: Sequence[str]
    output: str | None = None
    """Of one receipt; None: it is replaced."""


def renew(request: RenewalRequest) -> AppendedEntries:
    """Give receipts again. Raises as `append`."""
    if request.output is not None and len(request.receipts) > 1:
        raise InvalidRequest("one file cannot hold several receipts; renew them one by one")
    with opened(request.folder) as found:
        old = [read(path) for path in request.receipts]
        new = [renew_receipt(found.log, receipt, found.checkpoint) for receipt in old]
    written = []
    for path, before, receipt in zip(request.receipts, old, new, strict=True):
        if request.output is None and before != receipt and has_cosignatures(before):
            raise InvalidRequest(
                f"witnesses have signed the checkpoint in {path}, perhaps earlier than any later one; keep it",
                Advice(Action.NAME_OTHER_FILE),
            )
        target = Path(request.output or path)
        write_file(target, receipt)
        written.append(IssuedReceipt(path, target, place_in(receipt)))
    return AppendedEntries(tuple(written), unverified_checkpoint(found.checkpoint))


def ask_witness(folder: str, since: int) -> bytes:
    """The request to a witness who saw `since` entries: the last checkpoint, and the proof. Raises as `append`."""
    with opened(folder) as found:
        return write_request(found.log, found.checkpoint, since)


@dataclass(frozen=True, kw_only=True)
class AuditRequest:
    """A log to be looked at as a whole."""

    folder: str
    log_keys: Sequence[str] = ()
    """By which its last checkpoint should be signed; none: that is not looked at."""
    witnesses: Sequence[str] = ()
    """Whose cosignatures are looked for."""
    published: Sequence[str] = ()


class LogAudit(NamedTuple):
    """A log that is whole."""

    origin: str
    size: int
    root: bytes
    signed: Checkpoint
    """The last checkpoint."""
    opened: SignedCheckpoint | None
    """The same with who signed it; None where no key was named."""
    published: int
    """Of how many published checkpoints it is the continuation."""
    backwards: int | None
    """The first entry that says an earlier time than one before it; None: there is none."""


def audit_log(request: AuditRequest) -> LogAudit:
    """Compute every hash again from the entries, and compare with all that was signed and published.

    Raises LogDamaged, LogForked, UnsoundNote, InvalidRequest or OSError where it is not whole.
    """
    keys = [note_key(word) for word in request.log_keys]
    witnesses = WitnessPolicy(tuple(note_key(word) for word in request.witnesses))
    with opened(request.folder, request.published) as found:
        root = audit(found.store)
        found.log.check_history()
        signed = open_checkpoint(found.checkpoint, keys, witnesses, "the last checkpoint") if keys else None
        return _audited(found, root, signed)


def _audited(found: OpenedLog, root: bytes, signed: SignedCheckpoint | None) -> LogAudit:
    last = unverified_checkpoint(found.checkpoint)
    return LogAudit(
        found.log.origin, found.log.size, root, last, signed, found.log.published, backward_entry(found.log)
    )
