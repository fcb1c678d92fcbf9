"""Attestations that were accepted, and their receipts of the log."""

from __future__ import annotations

import hashlib
import zlib

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import receipts, runs
from certmark.server.store.statements import SqlStatement

_ADD = SqlStatement(
    "receipts.add",
    insert(receipts)
    .values(attestation=bindparam("attestation"), run=bindparam("run"), created=bindparam("created"))
    .on_conflict_do_nothing(index_elements=["attestation"]),
)
_WAITING = SqlStatement(
    "receipts.waiting",
    select(receipts.c.attestation, runs.c.attestation)
    .select_from(receipts.join(runs, runs.c.id == receipts.c.run))
    .where(receipts.c.receipt.is_(None))
    .order_by(receipts.c.attestation)
    .limit(500),
)
_KEEP = SqlStatement(
    "receipts.keep",
    update(receipts).where(receipts.c.attestation == bindparam("digest")).values(receipt=bindparam("proof")),
)
_OF_RUN = SqlStatement("receipts.of_run", select(receipts.c.receipt).where(receipts.c.run == bindparam("of")))


def add(transaction: Transaction, attestation: bytes, run: bytes, moment: int) -> None:
    """That an attestation was accepted with a run."""
    transaction.run(_ADD, attestation=attestation, run=run, created=moment)


def waiting(transaction: Transaction) -> list[tuple[bytes, bytes]]:
    """Digest and bytes of attestations that are in no log yet; one that another one replaced meanwhile is left."""
    rows = ((bytes(digest), zlib.decompress(content)) for digest, content in transaction.run(_WAITING) if content)
    return [(digest, content) for digest, content in rows if hashlib.sha256(content).digest() == digest]


def keep(transaction: Transaction, attestation: bytes, receipt: bytes) -> None:
    """The receipt of an attestation."""
    transaction.run(_KEEP, digest=attestation, proof=receipt)


def of_run(transaction: Transaction, run: bytes) -> bytes | None:
    """The receipt of a run's attestation; None: there is none, or none yet."""
    row = transaction.one(_OF_RUN, of=run)
    return None if row is None or row[0] is None else bytes(row[0])
