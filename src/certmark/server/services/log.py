"""The log as everybody sees it: its head, checkpoints, entries, proofs; and what stands behind a run.

Proofs are of what was signed: whatever is in the log is covered by its last checkpoint (`store.log`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.runs import show
from certmark.server.store import attestations
from certmark.server.store import log as stored
from certmark.server.store.attestations import AcceptedAttestation
from certmark.server.store.log import StagedLog
from certmark.server.store.runs import RunRow
from certmark.trust.errors import UnsoundProof
from certmark.trust.log.checkpoints import Checkpoint, unverified_checkpoint
from certmark.trust.log.log import Log
from certmark.trust.log.merkle import leaf_hash
from certmark.trust.log.receipts import place_in
from certmark.trust.log.witness import write_request


class LogHead(NamedTuple):
    """The log as it is now."""

    checkpoint: Checkpoint
    key: str
    """By which others know it (NAME+ID+KEY)."""
    sizes: tuple[int, ...]
    """Of the last checkpoints that were signed, the newest first."""


class InclusionProof(NamedTuple):
    """That an entry is in the log."""

    place: int
    """Of the entry, from 0."""
    size: int
    leaf: bytes
    """The entry's hash."""
    hashes: tuple[bytes, ...]


class AttestationProof(NamedTuple):
    """What stands behind a run."""

    run: RunRow
    attestation: AcceptedAttestation
    place: int | None
    """Of its entry in the log; None: it is not there yet, or there is no log."""


def head(services: Services, before: int | None, most: int) -> LogHead:
    """The log's last checkpoint, and how large it was at earlier ones. Raises NotFound."""
    with services.database.read() as transaction:
        last = stored.head(transaction)
        if last is None:
            raise _none()
        now = unverified_checkpoint(last.note)
        return LogHead(
            now, last.key, tuple(stored.sizes(transaction, now.size + 1 if before is None else before, most))
        )


def checkpoint(services: Services, size: int | None) -> bytes:
    """The last checkpoint, or the one that was signed at `size` entries. Raises NotFound."""
    with services.database.read() as transaction:
        last = stored.head(transaction)
        if last is None:
            raise _none()
        found = last.note if size is None else stored.signed(transaction, size)
    if found is None:
        raise NotFound(f"no checkpoint was signed when the log had {size:,} entries")
    return found


def entries(services: Services, first: int, most: int) -> tuple[list[bytes], int]:
    """At most `most` entries from number `first` on, and how many there are in all. Raises NotFound."""
    with _opened(services) as (log, _):
        return stored.entries(log.transaction, first, first + most), log.size


def inclusion(services: Services, index: int, size: int | None) -> InclusionProof:
    """That entry `index` is among the first `size`. Raises NotFound."""
    with _opened(services) as (staged, log):
        wanted = staged.size if size is None else size
        if not index < wanted <= staged.size:
            raise NotFound(f"the log has {staged.size:,} entries; the first {wanted:,} have no number {index:,}")
        leaf = leaf_hash(log.entry(index))
        return InclusionProof(index, wanted, leaf, log.inclusion(index, wanted))


def consistency(services: Services, since: int, size: int | None) -> bytes:
    """That the log only grew since it had `since` entries, with the checkpoint of `size`: as a witness is asked.

    Raises NotFound.
    """
    note = checkpoint(services, size)
    with _opened(services) as (_, log):
        try:
            return write_request(log, note, since)
        except UnsoundProof as error:
            raise NotFound(str(error)) from error


def receipt_of(services: Services, asker: Asker, run: bytes) -> tuple[RunRow, bytes]:
    """The receipt of a run's attestation. Raises NotFound."""
    proof = proof_of(services, asker, run)
    if proof.attestation.receipt is None:
        later = " yet; ask again in a moment" if services.settings.log_origin is not None else ": no log is kept here"
        raise NotFound(f"there is no receipt of the attestation of the run {ids.written(run)}{later}")
    return proof.run, proof.attestation.receipt


def proof_of(services: Services, asker: Asker, run: bytes) -> AttestationProof:
    """What was found of a run's attestation, and where in the log it stands. Raises NotFound."""
    shown, _ = show(services, asker, run)
    with services.database.read() as transaction:
        found = attestations.of_run(transaction, run)
    if found is None:
        raise NotFound(f"the run {ids.written(run)} has no attestation")
    return AttestationProof(shown, found, None if found.receipt is None else place_in(found.receipt))


@contextmanager
def _opened(services: Services) -> Iterator[tuple[StagedLog, Log]]:
    with services.database.read() as transaction:
        last = stored.head(transaction)
        if last is None:
            raise _none()
        staged = StagedLog(transaction)
        yield staged, Log(unverified_checkpoint(last.note).origin, staged)


def _none() -> NotFound:
    return NotFound("no log is kept here, or nothing is in it yet")
