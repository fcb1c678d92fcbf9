"""Agreements of the programme, and which vendor accepted which."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from certmark.server.store.database import Transaction
from certmark.server.store.schema import acceptances, agreements, identities
from certmark.server.store.statements import SqlStatement


class StoredAgreement(NamedTuple):
    """A version of an agreement, without its text."""

    digest: bytes
    name: str
    version: str
    created: int


class StoredAcceptance(NamedTuple):
    """That a vendor accepted an agreement."""

    agreement: StoredAgreement
    who: str
    """The name of the designate."""
    moment: int


_COLUMNS = tuple(agreements.c[name] for name in StoredAgreement._fields)
_ALL = SqlStatement("agreements.all", select(*_COLUMNS).order_by(agreements.c.name, agreements.c.created))
_ONE = SqlStatement(
    "agreements.one", select(*_COLUMNS, agreements.c.content).where(agreements.c.digest == bindparam("of"))
)
_ADD = SqlStatement("agreements.add", insert(agreements))
_ACCEPT = SqlStatement("acceptances.add", insert(acceptances))
_ACCEPTED = SqlStatement(
    "acceptances.of",
    select(*_COLUMNS, identities.c.name, acceptances.c.moment)
    .select_from(
        acceptances.join(agreements, agreements.c.digest == acceptances.c.agreement).join(
            identities, identities.c.id == acceptances.c.identity
        )
    )
    .where(acceptances.c.vendor == bindparam("of")),
)


def every(transaction: Transaction) -> list[StoredAgreement]:
    """All of them, by name, the oldest version first."""
    return [StoredAgreement(*row) for row in transaction.run(_ALL)]


def one(transaction: Transaction, digest: bytes) -> tuple[StoredAgreement, bytes] | None:
    """The one with this digest, and its text."""
    row = transaction.one(_ONE, of=digest)
    return None if row is None else (StoredAgreement(*row[:-1]), bytes(row[-1]))


def add(transaction: Transaction, agreement: StoredAgreement, content: bytes) -> None:
    """A new version. Raises Conflict where it is there."""
    transaction.run(_ADD, **agreement._asdict(), content=content)


def accept(transaction: Transaction, vendor: bytes, agreement: bytes, identity: bytes, moment: int) -> None:
    """That a vendor accepts one. Raises Conflict where it did."""
    transaction.run(_ACCEPT, vendor=vendor, agreement=agreement, identity=identity, moment=moment)


def accepted(transaction: Transaction, vendor: bytes) -> list[StoredAcceptance]:
    """What a vendor accepted, the earliest first."""
    found = [
        StoredAcceptance(StoredAgreement(*row[: len(_COLUMNS)]), str(row[-2]), int(row[-1]))
        for row in transaction.run(_ACCEPTED, of=vendor)
    ]
    return sorted(found, key=lambda one: one.moment)
