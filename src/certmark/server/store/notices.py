"""The outbox."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import notices
from certmark.server.store.statements import Row, SqlStatement


class Notice(NamedTuple):
    """A mail, or a webhook."""

    id: bytes
    created: int
    recipient: str
    """A mail address, or a URL."""
    subject: str
    """Of a mail; of a webhook its type."""
    body: str
    kind: str = "mail"
    sent: int | None = None
    problem: str | None = None
    """Why it is never sent."""
    subscription: bytes | None = None
    """Whose delivery it is."""
    attempts: int = 0
    """Of such a delivery."""
    answer: str | None = None
    """What was said to the last of them."""


_COLUMNS = tuple(notices.c[name] for name in Notice._fields)
_ADD = SqlStatement("notices.add", insert(notices).on_conflict_do_nothing(index_elements=["id"]))
_ONE = SqlStatement("notices.one", select(*_COLUMNS).where(notices.c.id == bindparam("notice")))
_WAITING = SqlStatement(
    "notices.waiting", select(*_COLUMNS).where(notices.c.sent.is_(None)).order_by(notices.c.created, notices.c.id)
)
_SENT = SqlStatement(
    "notices.sent", update(notices).where(notices.c.id == bindparam("notice")).values(sent=bindparam("moment"))
)
_REFUSED = SqlStatement(
    "notices.refused", update(notices).where(notices.c.id == bindparam("notice")).values(problem=bindparam("why"))
)


_ATTEMPTED = SqlStatement(
    "notices.attempted",
    update(notices)
    .where(notices.c.id == bindparam("notice"))
    .values(attempts=notices.c.attempts + 1, answer=bindparam("said")),
)
_OF = SqlStatement(
    "notices.of_subscription",
    select(*_COLUMNS)
    .where(notices.c.subscription == bindparam("whose"))
    .order_by(notices.c.subscription.desc(), notices.c.created.desc(), notices.c.id.desc())
    .limit(bindparam("most")),
)
_FORGET = SqlStatement(
    "notices.forget_old",
    delete(notices).where(notices.c.subscription == bindparam("whose"), notices.c.created < bindparam("before")),
)


def attempted(transaction: Transaction, notice: bytes, said: str) -> None:
    """That it was tried, and what the other side said."""
    transaction.run(_ATTEMPTED, notice=notice, said=said)


def of_subscription(transaction: Transaction, subscription: bytes, most: int) -> list[Notice]:
    """Its deliveries, the newest first."""
    return [_notice(row) for row in transaction.run(_OF, whose=subscription, most=most)]


def forget_old(transaction: Transaction, subscription: bytes, before: int) -> None:
    """Forget its deliveries that were written before a moment."""
    transaction.run(_FORGET, whose=subscription, before=before)


def add(transaction: Transaction, notice: Notice) -> None:
    """Write it; it goes once the transaction is kept. One that is there stays."""
    transaction.run(_ADD, **notice._asdict())


def one(transaction: Transaction, notice: bytes) -> Notice | None:
    """The notice of this id."""
    row = transaction.one(_ONE, notice=notice)
    return None if row is None else _notice(row)


def unsent(transaction: Transaction) -> list[Notice]:
    """What was not sent, the oldest first; what was refused for good as well."""
    return [_notice(row) for row in transaction.run(_WAITING)]


def sent(transaction: Transaction, notice: bytes, moment: int) -> None:
    """That it was handed over."""
    transaction.run(_SENT, notice=notice, moment=moment)


def refused(transaction: Transaction, notice: bytes, why: str) -> None:
    """That it never goes."""
    transaction.run(_REFUSED, notice=notice, why=why)


def _notice(row: Row) -> Notice:
    found = Notice(bytes(row[0]), *row[1:])
    return found if found.subscription is None else found._replace(subscription=bytes(found.subscription))
