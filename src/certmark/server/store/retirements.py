"""Runs that are deleted for their age: those that are due, and those of which their owners were told."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, exists, insert, select, text

from certmark.server.store.database import Transaction
from certmark.server.store.schema import attachments, identities, retirements, runs
from certmark.server.store.statements import SqlStatement


class AgingRun(NamedTuple):
    """A run that only its owner sees and that belongs to no product."""

    id: bytes
    owner: bytes
    owner_name: str
    name: str
    created: int
    due: int | None
    """When it is deleted; None: its owner was not told yet."""
    digest: bytes
    evidence: bytes | None


_PAGE = 500
_IS_ALONE = (
    runs.c.is_public == text("0"),
    ~exists(select(text("1")).where(attachments.c.run == runs.c.id)),
)
"""Of a row of `runs`: nobody but its owner rests on it. What is official or verified is attached."""
_COLUMNS = (
    runs.c.id,
    runs.c.owner,
    identities.c.name,
    runs.c.name.label("file"),
    runs.c.created,
    retirements.c.due,
    runs.c.digest,
    runs.c.evidence,
)
_AGING = SqlStatement(
    "retirements.aging",
    select(*_COLUMNS)
    .select_from(
        runs.outerjoin(retirements, retirements.c.run == runs.c.id).join(identities, identities.c.id == runs.c.owner)
    )
    .where(*_IS_ALONE, runs.c.created <= bindparam("before"), retirements.c.run.is_(None))
    .order_by(runs.c.created, runs.c.id)
    .limit(_PAGE),
)
_TOLD = (
    select(*_COLUMNS)
    .select_from(
        retirements.join(runs, runs.c.id == retirements.c.run).join(identities, identities.c.id == runs.c.owner)
    )
    .where(*_IS_ALONE, retirements.c.due <= bindparam("before"))
    .order_by(retirements.c.due, retirements.c.run)
    .limit(_PAGE)
)
_DUE = SqlStatement("retirements.due", _TOLD)
_OF = SqlStatement("retirements.of", select(retirements.c.due).where(retirements.c.run == bindparam("of")))
_ADD = SqlStatement("retirements.add", insert(retirements))
_SAVED = SqlStatement(
    "retirements.saved",
    delete(retirements).where(
        ~exists(select(text("1")).where(runs.c.id == retirements.c.run, *_IS_ALONE).correlate(retirements))
    ),
)
_NONE = SqlStatement("retirements.none", delete(retirements))
_RETIRE = SqlStatement(
    "retirements.retire", delete(runs).where(runs.c.id == bindparam("of"), *_IS_ALONE).returning(runs.c.id)
)


def aging(transaction: Transaction, before: int) -> list[AgingRun]:
    """Some of those that came by `before` and of which nobody was told, the oldest first."""
    return [_aging(row) for row in transaction.run(_AGING, before=before)]


def due(transaction: Transaction, before: int) -> list[AgingRun]:
    """Some of those that are deleted by `before`, the first one first."""
    return [_aging(row) for row in transaction.run(_DUE, before=before)]


def due_of(transaction: Transaction, run: bytes) -> int | None:
    """When a run is deleted; None: nobody plans that."""
    row = transaction.one(_OF, of=run)
    return None if row is None else int(row[0])


def add(transaction: Transaction, run: bytes, moment: int) -> None:
    """It is deleted at this moment. Raises Conflict where that was said before."""
    transaction.run(_ADD, run=run, due=moment)


def forget_saved(transaction: Transaction) -> None:
    """Those that were shared or attached stay."""
    transaction.run(_SAVED)


def forget_all(transaction: Transaction) -> None:
    """All of them stay."""
    transaction.run(_NONE)


def retire(transaction: Transaction, run: bytes) -> bool:
    """Forget a run; False: it is gone, or was shared or attached meanwhile."""
    return transaction.one(_RETIRE, of=run) is not None


def _aging(row: tuple[object, ...]) -> AgingRun:
    found = AgingRun(*row)  # type: ignore[arg-type]  # as the statements give them
    return found._replace(id=bytes(found.id), owner=bytes(found.owner), digest=bytes(found.digest))
