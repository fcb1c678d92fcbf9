"""Where guidelines come from, and what became of the last look."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import sources
from certmark.server.store.statements import SqlStatement


class GuidelineSource(NamedTuple):
    """A source."""

    place: str
    state: str
    """The version that was read last, as the source calls it."""
    looked: int | None
    """When it was looked at last, in microseconds since 1970."""
    problem: str | None


_ADD = SqlStatement(
    "sources.add",
    insert(sources)
    .values(place=bindparam("place"), created=bindparam("created"), state="")
    .on_conflict_do_nothing(index_elements=["place"])
    .returning(sources.c.place),
)
_ALL = SqlStatement(
    "sources.all",
    select(sources.c.place, sources.c.state, sources.c.looked, sources.c.problem).order_by(sources.c.place),
)
_LOOKED = SqlStatement(
    "sources.looked",
    update(sources)
    .where(sources.c.place == bindparam("where"))
    .values(looked=bindparam("moment"), state=bindparam("version"), problem=bindparam("why")),
)


def add(transaction: Transaction, place: str, moment: int) -> bool:
    """Take guidelines from there; whether it is new: one that is there stays."""
    return transaction.one(_ADD, place=place, created=moment) is not None


def every(transaction: Transaction) -> list[GuidelineSource]:
    """All of them."""
    return [GuidelineSource(*row) for row in transaction.run(_ALL)]


def looked(transaction: Transaction, place: str, moment: int, state: str, problem: str | None) -> None:
    """What a look came to."""
    transaction.run(_LOOKED, where=place, moment=moment, version=state, why=problem)
