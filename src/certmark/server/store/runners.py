"""Runners, as they were seen last."""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import runners
from certmark.server.store.statements import Row, SqlStatement


class StoredRunner(NamedTuple):
    """A runner."""

    id: bytes
    vendor: bytes
    """Whose orders it carries out; none: the programme's."""
    name: str
    labels: tuple[str, ...]
    clouds: tuple[str, ...]
    """Of which it has credentials."""
    software: str
    """The version of its Certmark."""
    seen: int
    is_drained: bool
    """Whether it is to take nothing more."""


_COLUMNS = [runners.c[name] for name in StoredRunner._fields]
_ADD = SqlStatement("runners.add", insert(runners))
_NAMED = SqlStatement(
    "runners.named",
    select(*_COLUMNS).where(runners.c.vendor == bindparam("whose"), runners.c.name == bindparam("called")),
)
_ONE = SqlStatement("runners.one", select(*_COLUMNS).where(runners.c.id == bindparam("named")))
_OF = SqlStatement(
    "runners.of",
    select(*_COLUMNS)
    .where(runners.c.vendor == bindparam("whose"))
    .order_by(runners.c.vendor, runners.c.name)
    .limit(bindparam("most")),
)
_SEEN = SqlStatement(
    "runners.see",
    update(runners)
    .where(runners.c.id == bindparam("named"))
    .values({name: bindparam(f"new_{name}") for name in ("labels", "clouds", "software", "seen")}),
)
_DRAIN = SqlStatement(
    "runners.drain", update(runners).where(runners.c.id == bindparam("named")).values(is_drained=bindparam("drained"))
)
_REMOVE = SqlStatement("runners.remove", delete(runners).where(runners.c.id == bindparam("named")))


def add(transaction: Transaction, new: StoredRunner) -> None:
    """A new one. Raises Conflict where there is one of its name."""
    values = new._asdict() | {"labels": json.dumps(new.labels), "clouds": json.dumps(new.clouds)}
    transaction.run(_ADD, **values | {"is_drained": int(new.is_drained)})


def named(transaction: Transaction, vendor: bytes, name: str) -> StoredRunner | None:
    """The one of this name."""
    row = transaction.one(_NAMED, whose=vendor, called=name)
    return None if row is None else _runner(row)


def one(transaction: Transaction, runner: bytes) -> StoredRunner | None:
    """The one of this id."""
    row = transaction.one(_ONE, named=runner)
    return None if row is None else _runner(row)


def of(transaction: Transaction, vendor: bytes, most: int) -> list[StoredRunner]:
    """A vendor's or the programme's, by name."""
    return [_runner(row) for row in transaction.run(_OF, whose=vendor, most=most)]


def see(transaction: Transaction, one: StoredRunner) -> None:
    """What it says of itself now."""
    labels, clouds = json.dumps(one.labels), json.dumps(one.clouds)
    transaction.run(
        _SEEN, named=one.id, new_labels=labels, new_clouds=clouds, new_software=one.software, new_seen=one.seen
    )


def drain(transaction: Transaction, runner: bytes, *, is_drained: bool) -> None:
    """It is to take nothing more; or again."""
    transaction.run(_DRAIN, named=runner, drained=int(is_drained))


def remove(transaction: Transaction, runner: bytes) -> None:
    """It is there no more, unless it comes again."""
    transaction.run(_REMOVE, named=runner)


def _runner(row: Row) -> StoredRunner:
    found = StoredRunner(*row)
    return found._replace(
        id=bytes(found.id),
        vendor=bytes(found.vendor),
        labels=tuple(json.loads(str(found.labels))),
        clouds=tuple(json.loads(str(found.clouds))),
        is_drained=bool(found.is_drained),
    )
