"""What was taken from a RefStack server: by which id it is known here, and what it was there when it was taken."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import imported
from certmark.server.store.statements import SqlStatement


class Kind(Enum):
    """What something was there."""

    PERSON = "person"
    """Known by the SHA-256 of their OpenID: who is deleted here is not to be read from this table."""
    VENDOR = "vendor"
    PRODUCT = "product"
    VERSION = "version"
    RUN = "run"
    KEY = "key"


class Imported(NamedTuple):
    """Something that was taken."""

    kind: Kind
    old: str
    """Its id there, in small letters, as everything there was found by an id in capitals, too."""
    id: bytes
    """Its id here."""
    taken: str
    """What it was there when it was last taken, as JSON."""


_FIND = SqlStatement(
    "imported.find",
    select(imported.c.id).where(imported.c.kind == bindparam("word"), imported.c.old == bindparam("named")),
)
_ONE = SqlStatement(
    "imported.one",
    select(imported.c.id, imported.c.taken).where(
        imported.c.kind == bindparam("word"), imported.c.old == bindparam("named")
    ),
)
_OLD = SqlStatement("imported.old", select(imported.c.old).where(imported.c.id == bindparam("here")))
_PUT = SqlStatement(
    "imported.put",
    (new := insert(imported)).on_conflict_do_update(
        index_elements=["kind", "old"], set_={"id": new.excluded.id, "taken": new.excluded.taken}
    ),
)


def find(transaction: Transaction, kind: Kind, old: str) -> bytes | None:
    """The id here of what had the id `old` there; None: nothing that was taken had it."""
    row = transaction.one(_FIND, word=kind.value, named=old.lower())
    return None if row is None else bytes(row[0])


def old_id(transaction: Transaction, identity: bytes) -> str | None:
    """The id that something had there; None: it is not from there."""
    row = transaction.one(_OLD, here=identity)
    return None if row is None else str(row[0])


def one(transaction: Transaction, kind: Kind, old: str) -> Imported | None:
    """What had the id `old` there, as it was taken."""
    row = transaction.one(_ONE, word=kind.value, named=old.lower())
    return None if row is None else Imported(kind, old.lower(), bytes(row[0]), str(row[1]))


def put(transaction: Transaction, taken: Iterable[Imported]) -> None:
    """Remember that these were taken, in the place of what was remembered of them."""
    transaction.many(_PUT, [one._asdict() | {"kind": one.kind.value} for one in taken])
