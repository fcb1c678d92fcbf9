"""Jobs of a CI that publish for somebody, and the tokens of theirs that were taken."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import exchanged, identities, publishers
from certmark.server.store.statements import SqlStatement


class StoredPublisher(NamedTuple):
    """A job of a CI."""

    id: bytes
    identity: bytes
    ci: str
    claims: str
    """All that must hold, as JSON."""
    label: str
    created: int
    used: int | None


_COLUMNS = [publishers.c[name] for name in StoredPublisher._fields]
_ADD = SqlStatement("publishers.add", insert(publishers))
_ONE = SqlStatement(
    "publishers.one",
    select(*_COLUMNS, identities.c.name)
    .select_from(publishers.join(identities, identities.c.id == publishers.c.identity))
    .where(publishers.c.id == bindparam("named")),
)
_OF = SqlStatement(
    "publishers.of",
    select(*_COLUMNS).where(publishers.c.identity == bindparam("whose")).order_by(publishers.c.created.desc()),
)
_REMOVE = SqlStatement("publishers.remove", delete(publishers).where(publishers.c.id == bindparam("named")))
_REMOVE_ALL = SqlStatement(
    "publishers.remove_all", delete(publishers).where(publishers.c.identity == bindparam("whose"))
)
_USE = SqlStatement(
    "publishers.use", update(publishers).where(publishers.c.id == bindparam("named")).values(used=bindparam("moment"))
)
_EXCHANGE = SqlStatement("exchanged.add", insert(exchanged))
_FORGET = SqlStatement("exchanged.forget", delete(exchanged).where(exchanged.c.expires < bindparam("before")))


def add(transaction: Transaction, new: StoredPublisher) -> None:
    """A job that publishes for somebody."""
    transaction.run(_ADD, **new._asdict())


def one(transaction: Transaction, identity: bytes) -> tuple[StoredPublisher, str] | None:
    """The publisher, and the name of whom it publishes for."""
    row = transaction.one(_ONE, named=identity)
    return None if row is None else (_publisher(row[:-1]), str(row[-1]))


def of(transaction: Transaction, identity: bytes) -> list[StoredPublisher]:
    """Somebody's publishers, the newest first."""
    return [_publisher(row) for row in transaction.run(_OF, whose=identity)]


def remove(transaction: Transaction, identity: bytes) -> None:
    """It publishes no more."""
    transaction.run(_REMOVE, named=identity)


def remove_all(transaction: Transaction, identity: bytes) -> None:
    """Nothing publishes for somebody any more."""
    transaction.run(_REMOVE_ALL, whose=identity)


def exchange(transaction: Transaction, identity: bytes, digest: bytes, expires: int, moment: int) -> None:
    """It got a token for one of its CI. Raises Conflict where that one was taken before."""
    take_token(transaction, digest, expires, moment)
    transaction.run(_USE, named=identity, moment=moment)


def take_token(transaction: Transaction, digest: bytes, expires: int, moment: int) -> None:
    """A token of an issuer is taken, which it is once. Raises Conflict where it was before."""
    transaction.run(_FORGET, before=moment)
    transaction.run(_EXCHANGE, digest=digest, expires=expires)


def _publisher(row: tuple[object, ...]) -> StoredPublisher:
    found = StoredPublisher(*row)  # type: ignore[arg-type]  # as the statement gives them
    return found._replace(id=bytes(found.id), identity=bytes(found.identity))
