"""Revisions of guidelines in the database: by digest, never changed."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import guidelines
from certmark.server.store.statements import Row, SqlStatement


class Revision(NamedTuple):
    """One text of a guideline."""

    digest: bytes
    id: str
    status: str
    source: str
    """Where it came from."""
    created: int
    """When this server got it, in microseconds since 1970."""


_COLUMNS = (guidelines.c.digest, guidelines.c.id, guidelines.c.status, guidelines.c.source, guidelines.c.created)
_ADD = SqlStatement("guidelines.add", insert(guidelines).on_conflict_do_nothing(index_elements=["digest"]))
_NEWEST = SqlStatement(
    "guidelines.newest",
    select(*_COLUMNS)
    .where(guidelines.c.id == bindparam("id"))
    .order_by(guidelines.c.id.desc(), guidelines.c.created.desc())
    .limit(1),
)
_ALL = SqlStatement("guidelines.all", select(*_COLUMNS).order_by(guidelines.c.id, guidelines.c.created))
_CONTENT = SqlStatement(
    "guidelines.content", select(guidelines.c.content).where(guidelines.c.digest == bindparam("digest"))
)
_ONE = SqlStatement("guidelines.one", select(*_COLUMNS).where(guidelines.c.digest == bindparam("digest")))


def add(transaction: Transaction, revision: Revision, content: bytes) -> None:
    """Keep a revision; one that is there stays."""
    transaction.run(_ADD, **revision._asdict(), content=zlib.compress(content, 9))


def newest(transaction: Transaction, identity: str) -> Revision | None:
    """The revision of this id that came last."""
    row = transaction.one(_NEWEST, id=identity)
    return None if row is None else _revision(row)


def one(transaction: Transaction, digest: bytes) -> Revision | None:
    """The revision of this digest."""
    row = transaction.one(_ONE, digest=digest)
    return None if row is None else _revision(row)


def every(transaction: Transaction) -> list[Revision]:
    """All of them, by id, the oldest first."""
    return [_revision(row) for row in transaction.run(_ALL)]


def content(transaction: Transaction, digest: bytes) -> bytes:
    """The text. Raises KeyError."""
    row = transaction.one(_CONTENT, digest=digest)
    if row is None:
        raise KeyError(digest.hex())
    return zlib.decompress(row[0])


def _revision(row: Row) -> Revision:
    return Revision(bytes(row[0]), *row[1:])
