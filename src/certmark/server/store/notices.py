"""The outbox."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import notices
from certmark.server.store.statements import SqlStatement


class Notice(NamedTuple):
    """A mail."""

    id: bytes
    created: int
    recipient: str
    subject: str
    body: str


_ADD = SqlStatement("notices.add", insert(notices))
_WAITING = SqlStatement(
    "notices.waiting",
    select(notices.c.id, notices.c.created, notices.c.recipient, notices.c.subject, notices.c.body)
    .where(notices.c.sent.is_(None))
    .order_by(notices.c.created, notices.c.id)
    .limit(100),
)
_SENT = SqlStatement(
    "notices.sent", update(notices).where(notices.c.id == bindparam("notice")).values(sent=bindparam("moment"))
)


def add(transaction: Transaction, notice: Notice) -> None:
    """Write it; it goes once the transaction is kept."""
    transaction.run(_ADD, **notice._asdict(), sent=None)


def waiting(transaction: Transaction) -> list[Notice]:
    """What was not sent yet, the oldest first, at most a hundred."""
    return [Notice(bytes(row[0]), *row[1:]) for row in transaction.run(_WAITING)]


def sent(transaction: Transaction, notice: Notice, moment: int) -> None:
    """That it was handed over."""
    transaction.run(_SENT, notice=notice.id, moment=moment)
