"""Attestations that were accepted, one of a run at most, and their receipts of the log."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, bindparam, case, null, select, update
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import attestations
from certmark.server.store.statements import SqlStatement


class AcceptedAttestation(NamedTuple):
    """What was found of it, when it came."""

    digest: bytes
    """SHA-256 of the envelope."""
    signers: tuple[str, ...]
    """The ids of the keys whose signatures are sound."""
    unchecked: tuple[str, ...]
    """Steps of its verification that could not be taken."""
    created: int
    receipt: bytes | None
    """None: it is in no log yet, or there is none."""


class WaitingAttestation(NamedTuple):
    """One that is in no log yet."""

    run: bytes
    digest: bytes


_NEW = insert(attestations).values(
    {name: bindparam(name) for name in ("run", "digest", "signers", "unchecked", "created")} | {"receipt": null()}
)
_IS_SAME = attestations.c.digest == _NEW.excluded.digest
_ACCEPT = SqlStatement(
    "attestations.accept",
    _NEW.on_conflict_do_update(
        index_elements=["run"],
        # One that came before keeps its place in the log.
        set_={
            "created": case((_IS_SAME, attestations.c.created), else_=_NEW.excluded.created),
            "receipt": case((_IS_SAME, attestations.c.receipt), else_=null()),
            "digest": _NEW.excluded.digest,
            "signers": _NEW.excluded.signers,
            "unchecked": _NEW.excluded.unchecked,
        },
    ),
)
_WAITING = SqlStatement(
    "attestations.waiting",
    select(attestations.c.run, attestations.c.digest)
    .where(attestations.c.receipt.is_(None))
    .order_by(attestations.c.run)
    .limit(500),
)
_KEEP = SqlStatement(
    "attestations.keep_receipt",
    update(attestations)
    .where(and_(attestations.c.run == bindparam("of"), attestations.c.digest == bindparam("envelope")))
    .values(receipt=bindparam("proof")),
)
_OF_RUN = SqlStatement(
    "attestations.of_run",
    select(
        attestations.c.digest,
        attestations.c.signers,
        attestations.c.unchecked,
        attestations.c.created,
        attestations.c.receipt,
    ).where(attestations.c.run == bindparam("of")),
)


def accept(transaction: Transaction, run: bytes, found: AcceptedAttestation) -> None:
    """That an attestation was accepted with a run, in the place of an earlier one. Raises Conflict."""
    transaction.run(
        _ACCEPT,
        run=run,
        digest=found.digest,
        signers="\n".join(found.signers),
        unchecked="\n".join(found.unchecked),
        created=found.created,
    )


def waiting(transaction: Transaction) -> list[WaitingAttestation]:
    """Some of those that are in no log yet."""
    return [WaitingAttestation(bytes(run), bytes(digest)) for run, digest in transaction.run(_WAITING)]


def keep_receipt(transaction: Transaction, found: WaitingAttestation, receipt: bytes) -> None:
    """The receipt of an attestation; nothing where another one took its place, or the run is gone."""
    transaction.run(_KEEP, of=found.run, envelope=found.digest, proof=receipt)


def of_run(transaction: Transaction, run: bytes) -> AcceptedAttestation | None:
    """What was found of a run's attestation; None: it has none."""
    row = transaction.one(_OF_RUN, of=run)
    if row is None:
        return None
    digest, signers, unchecked, created, receipt = row
    return AcceptedAttestation(
        bytes(digest),
        tuple(signers.splitlines()),
        tuple(unchecked.splitlines()),
        created,
        None if receipt is None else bytes(receipt),
    )
