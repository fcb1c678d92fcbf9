"""Programs that wait for somebody to let them in."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import devices, identities
from certmark.server.store.statements import SqlStatement


class StoredDevice(NamedTuple):
    """A program that waits."""

    digest: bytes
    """SHA-256 of the code that the program has."""
    code: bytes
    """SHA-256 of the one that a person reads."""
    label: str
    """What the program says of itself."""
    network: str
    """Where it asked from."""
    created: int
    asked: int | None
    """When it last asked whether it is let in."""
    identity: bytes | None
    """Who decided."""
    decision: int | None
    """1: it is let in, 0: it is not; None: nobody has decided."""


_COLUMNS = [devices.c[name] for name in StoredDevice._fields]
_ADD = SqlStatement("devices.add", insert(devices))
_ONE = SqlStatement("devices.one", select(*_COLUMNS).where(devices.c.digest == bindparam("program")))
_SHOWN = SqlStatement("devices.shown", select(*_COLUMNS).where(devices.c.code == bindparam("read")))
_ASKED = SqlStatement(
    "devices.asked", update(devices).where(devices.c.digest == bindparam("program")).values(asked=bindparam("moment"))
)
_DECIDE = SqlStatement(
    "devices.decide",
    update(devices)
    .where(devices.c.code == bindparam("read"), devices.c.decision.is_(None))
    .values(identity=bindparam("who"), decision=bindparam("word"))
    .returning(devices.c.digest),
)
_TAKE = SqlStatement(
    "devices.take",
    delete(devices)
    .where(devices.c.digest == bindparam("program"), devices.c.decision.is_not(None))
    .returning(*_COLUMNS),
)
_NAME = SqlStatement("identities.name", select(identities.c.name).where(identities.c.id == bindparam("whose")))
_FORGET = SqlStatement("devices.forget", delete(devices).where(devices.c.created < bindparam("before")))


def add(transaction: Transaction, new: StoredDevice) -> None:
    """A program asks to be let in. Raises Conflict where a code is another's."""
    transaction.run(_ADD, **new._asdict())


def one(transaction: Transaction, digest: bytes) -> StoredDevice | None:
    """The program with this code."""
    return _device(transaction.one(_ONE, program=digest))


def shown(transaction: Transaction, code: bytes) -> StoredDevice | None:
    """The program whose code a person reads."""
    return _device(transaction.one(_SHOWN, read=code))


def asked(transaction: Transaction, digest: bytes, moment: int) -> None:
    """It asks whether it is let in."""
    transaction.run(_ASKED, program=digest, moment=moment)


def decide(transaction: Transaction, code: bytes, identity: bytes, *, is_let_in: bool) -> bool:
    """Somebody decides; whether they were the first."""
    return transaction.one(_DECIDE, read=code, who=identity, word=int(is_let_in)) is not None


def take(transaction: Transaction, digest: bytes) -> tuple[StoredDevice, str] | None:
    """What was decided, and the name of who did: once."""
    found = _device(transaction.one(_TAKE, program=digest))
    if found is None:
        return None
    row = transaction.one(_NAME, whose=found.identity)
    return found, "" if row is None else str(row[0])


def forget(transaction: Transaction, before: int) -> None:
    """Those that began before."""
    transaction.run(_FORGET, before=before)


def _device(row: tuple[object, ...] | None) -> StoredDevice | None:
    if row is None:
        return None
    found = StoredDevice(*row)  # type: ignore[arg-type]  # as the statement gives them
    identity = None if found.identity is None else bytes(found.identity)
    return found._replace(digest=bytes(found.digest), code=bytes(found.code), identity=identity)
