"""Signed certificates in the database: their envelopes, their receipts of the log, and all of them for a list."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, insert, select, text, update

from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction
from certmark.server.store.schema import certificate_proofs, certificates
from certmark.server.store.statements import Row, SqlStatement


class WaitingCertificate(NamedTuple):
    """One that is in no log yet."""

    certificate: bytes
    digest: bytes
    """SHA-256 of the envelope."""


_COLUMNS = tuple(certificates.c[name] for name in CertificateRow._fields if name != "envelope")
_SIGN = SqlStatement(
    "certificates.sign",
    update(certificates)
    .where(and_(certificates.c.id == bindparam("of"), certificates.c.envelope.is_(None)))
    .values(envelope=bindparam("signed"))
    .returning(certificates.c.id),
)
_ADD = SqlStatement("certificate_proofs.add", insert(certificate_proofs))
_WAITING = SqlStatement(
    "certificate_proofs.waiting",
    select(certificate_proofs.c.certificate, certificate_proofs.c.digest)
    .where(certificate_proofs.c.receipt.is_(None), certificate_proofs.c.created > text("0"))
    .order_by(certificate_proofs.c.certificate)
    .limit(100),
)
_KEEP = SqlStatement(
    "certificate_proofs.keep",
    update(certificate_proofs)
    .where(and_(certificate_proofs.c.certificate == bindparam("of"), certificate_proofs.c.digest == bindparam("was")))
    .values(receipt=bindparam("proof")),
)
_RECEIPT = SqlStatement(
    "certificate_proofs.of",
    select(certificate_proofs.c.receipt).where(certificate_proofs.c.certificate == bindparam("of")),
)
_AFTER = SqlStatement(
    "certificates.after_any",
    select(*_COLUMNS).where(certificates.c.id > bindparam("after")).order_by(certificates.c.id).limit(200),
)
_CHANGED = SqlStatement(
    "certificates.changed_last",
    select(*_COLUMNS).order_by(certificates.c.since.desc(), certificates.c.id.desc()).limit(bindparam("most")),
)
_NUMBER = SqlStatement("certificates.number", select(certificates.c.number).where(certificates.c.id == bindparam("of")))


def sign(transaction: Transaction, certificate: bytes, digest: bytes, envelope: bytes, moment: int) -> bool:
    """It is signed, and waits for the log; False: it was signed before, and stays as it is."""
    if transaction.one(_SIGN, of=certificate, signed=envelope) is None:
        return False
    transaction.run(_ADD, certificate=certificate, digest=digest, created=moment, receipt=None)
    return True


def waiting(transaction: Transaction) -> list[WaitingCertificate]:
    """Some of those that are in no log yet."""
    return [WaitingCertificate(bytes(row[0]), bytes(row[1])) for row in transaction.run(_WAITING)]


def keep_receipt(transaction: Transaction, found: WaitingCertificate, receipt: bytes) -> None:
    """The receipt of a signed certificate."""
    transaction.run(_KEEP, of=found.certificate, was=found.digest, proof=receipt)


def receipt_of(transaction: Transaction, certificate: bytes) -> bytes | None:
    """Its receipt; None: it is in no log."""
    row = transaction.one(_RECEIPT, of=certificate)
    return None if row is None or row[0] is None else bytes(row[0])


def after(transaction: Transaction, behind: bytes) -> list[CertificateRow]:
    """Some of all certificates, whoever may see them, without their envelopes, the oldest first."""
    return [_row(row) for row in transaction.run(_AFTER, after=behind)]


def changed_last(transaction: Transaction, most: int) -> list[CertificateRow]:
    """Those that came into their state last, the newest change first, without their envelopes."""
    return [_row(row) for row in transaction.run(_CHANGED, most=most)]


def number_of(transaction: Transaction, certificate: bytes) -> str | None:
    """The number of one, by its id."""
    row = transaction.one(_NUMBER, of=certificate)
    return None if row is None else str(row[0])


def _row(row: Row) -> CertificateRow:
    values: dict[str, Any] = {
        column.name: bytes(value) if isinstance(value, memoryview) else value
        for column, value in zip(_COLUMNS, row, strict=True)
    }
    return CertificateRow(**values | {"content": json.loads(values["content"])})
