"""Saved queries, by the beginning of their digest."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import queries
from certmark.server.store.statements import SqlStatement


class StoredQuery(NamedTuple):
    """A query that somebody saved."""

    short: str
    content: str
    """JSON."""
    identity: bytes
    """Who saved it first."""
    created: int


_COLUMNS = [queries.c[name] for name in StoredQuery._fields]
_ADD = SqlStatement("queries.add", insert(queries).on_conflict_do_nothing(index_elements=["short"]))
_ONE = SqlStatement("queries.one", select(*_COLUMNS).where(queries.c.short == bindparam("named")))
_NUMBER = SqlStatement(
    "queries.number", select(func.count()).select_from(queries).where(queries.c.identity == bindparam("whose"))
)


def add(transaction: Transaction, new: StoredQuery) -> None:
    """Save it; one that is there stays."""
    transaction.run(_ADD, **new._asdict())


def one(transaction: Transaction, short: str) -> StoredQuery | None:
    """The query of this short id."""
    row = transaction.one(_ONE, named=short)
    return None if row is None else StoredQuery(row[0], row[1], bytes(row[2]), row[3])


def number(transaction: Transaction, identity: bytes) -> int:
    """How many somebody saved."""
    row = transaction.one(_NUMBER, whose=identity)
    return 0 if row is None else int(row[0])
