"""Public keys of people, and challenges that wait for a signature."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import challenges, keys
from certmark.server.store.statements import SqlStatement


class StoredKey(NamedTuple):
    """A key of somebody."""

    digest: bytes
    """SHA-256 of the key as SSH writes it: what `ssh-keygen -l` shows in base64."""
    identity: bytes
    line: str
    proof: int
    """1: a fresh challenge was signed; 0: only what anybody can send again."""
    created: int


_COLUMNS = [keys.c[name] for name in StoredKey._fields]
_ADD = SqlStatement("keys.add", insert(keys))
_ONE = SqlStatement("keys.one", select(*_COLUMNS).where(keys.c.digest == bindparam("named")))
_OF = SqlStatement(
    "keys.of", select(*_COLUMNS).where(keys.c.identity == bindparam("whose")).order_by(keys.c.created.desc())
)
_PROVE = SqlStatement(
    "keys.prove", update(keys).where(keys.c.digest == bindparam("named")).values(proof=bindparam("word"))
)
_REMOVE = SqlStatement("keys.remove", delete(keys).where(keys.c.digest == bindparam("named")))
_REMOVE_ALL = SqlStatement("keys.remove_all", delete(keys).where(keys.c.identity == bindparam("whose")))
_ASK = SqlStatement("challenges.add", insert(challenges))
_TAKE = SqlStatement(
    "challenges.take",
    delete(challenges)
    .where(challenges.c.digest == bindparam("asked"), challenges.c.identity == bindparam("whose"))
    .returning(challenges.c.created),
)
_FORGET = SqlStatement("challenges.forget", delete(challenges).where(challenges.c.created < bindparam("before")))


def add(transaction: Transaction, new: StoredKey) -> None:
    """A key of somebody. Raises Conflict where it is anybody's already."""
    transaction.run(_ADD, **new._asdict())


def one(transaction: Transaction, digest: bytes) -> StoredKey | None:
    """The key with this digest."""
    row = transaction.one(_ONE, named=digest)
    return None if row is None else _key(row)


def of(transaction: Transaction, identity: bytes) -> list[StoredKey]:
    """Somebody's keys, the newest first."""
    return [_key(row) for row in transaction.run(_OF, whose=identity)]


def prove(transaction: Transaction, digest: bytes, proof: int) -> None:
    """How it is proven now."""
    transaction.run(_PROVE, named=digest, word=proof)


def remove(transaction: Transaction, digest: bytes) -> None:
    """It is nobody's any more."""
    transaction.run(_REMOVE, named=digest)


def remove_all(transaction: Transaction, identity: bytes) -> None:
    """Somebody has none any more."""
    transaction.run(_REMOVE_ALL, whose=identity)


def ask(transaction: Transaction, digest: bytes, identity: bytes, moment: int, forgotten: int) -> None:
    """A challenge for somebody; those from before `forgotten` are gone."""
    transaction.run(_FORGET, before=forgotten)
    transaction.run(_ASK, digest=digest, identity=identity, created=moment)


def take(transaction: Transaction, digest: bytes, identity: bytes) -> int | None:
    """When somebody was given this challenge; it is gone then."""
    row = transaction.one(_TAKE, asked=digest, whose=identity)
    return None if row is None else int(row[0])


def _key(row: tuple[object, ...]) -> StoredKey:
    found = StoredKey(*row)  # type: ignore[arg-type]  # as the statement gives them
    return found._replace(digest=bytes(found.digest), identity=bytes(found.identity))
