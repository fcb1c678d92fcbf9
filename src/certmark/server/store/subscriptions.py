"""Webhooks that follow saved queries."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import queries, subscriptions
from certmark.server.store.statements import Row, SqlStatement


class StoredSubscription(NamedTuple):
    """Somebody who follows a query."""

    id: bytes
    identity: bytes
    query: str
    """Its short id."""
    url: str
    secret: str
    condition: str
    """A `domain.subscriptions.Condition`."""
    number: int
    """Of runs, or of days."""
    created: int
    seen: bytes
    """What was seen last, packed."""
    revision: int
    """How often that changed."""
    paused: str | None
    """Why nothing is sent; None: it is."""
    content: str = ""
    """Of the query."""


_OWN = [subscriptions.c[name] for name in StoredSubscription._fields if name != "content"]
_ALL = select(*_OWN, queries.c.content).select_from(
    subscriptions.join(queries, queries.c.short == subscriptions.c.query)
)
_ADD = SqlStatement("subscriptions.add", insert(subscriptions))
_ONE = SqlStatement("subscriptions.one", _ALL.where(subscriptions.c.id == bindparam("named")))
_OF = SqlStatement(
    "subscriptions.of",
    _ALL.where(subscriptions.c.identity == bindparam("whose")).order_by(
        subscriptions.c.identity.desc(), subscriptions.c.id.desc()
    ),
)
_FOLLOWED = SqlStatement(
    "subscriptions.followed",
    _ALL.where(
        subscriptions.c.paused.is_(None),
        subscriptions.c.query >= bindparam("behind"),
        or_(
            subscriptions.c.query > bindparam("behind"),
            and_(subscriptions.c.query == bindparam("behind"), subscriptions.c.id > bindparam("last")),
        ),
    )
    .order_by(subscriptions.c.query, subscriptions.c.id)
    .limit(bindparam("most")),
)
_SEE = SqlStatement(
    "subscriptions.see",
    update(subscriptions)
    .where(
        subscriptions.c.id == bindparam("named"),
        subscriptions.c.revision == bindparam("before"),
        subscriptions.c.paused.is_(None),
    )
    .values(seen=bindparam("now"), revision=subscriptions.c.revision + 1)
    .returning(subscriptions.c.id),
)
_PAUSE = SqlStatement(
    "subscriptions.pause",
    update(subscriptions).where(subscriptions.c.id == bindparam("named")).values(paused=bindparam("why")),
)
_REMOVE = SqlStatement("subscriptions.remove", delete(subscriptions).where(subscriptions.c.id == bindparam("named")))


def add(transaction: Transaction, new: StoredSubscription) -> None:
    """Somebody follows a query from now on."""
    transaction.run(_ADD, **{name: value for name, value in new._asdict().items() if name != "content"})


def one(transaction: Transaction, identity: bytes) -> StoredSubscription | None:
    """The one of this id."""
    row = transaction.one(_ONE, named=identity)
    return None if row is None else _subscription(row)


def of(transaction: Transaction, identity: bytes) -> list[StoredSubscription]:
    """Somebody's, the newest first."""
    return [_subscription(row) for row in transaction.run(_OF, whose=identity)]


def followed(transaction: Transaction, behind: tuple[str, bytes], most: int) -> list[StoredSubscription]:
    """Those that are not paused, by their queries, behind one of them."""
    return [_subscription(row) for row in transaction.run(_FOLLOWED, behind=behind[0], last=behind[1], most=most)]


def see(transaction: Transaction, before: StoredSubscription, seen: bytes) -> bool:
    """Keep what is seen now; False: somebody else was quicker, or it is paused."""
    return transaction.one(_SEE, named=before.id, before=before.revision, now=seen) is not None


def pause(transaction: Transaction, identity: bytes, why: str | None) -> None:
    """Send nothing any more; None: send again."""
    transaction.run(_PAUSE, named=identity, why=why)


def remove(transaction: Transaction, identity: bytes) -> None:
    """Nobody follows so any more."""
    transaction.run(_REMOVE, named=identity)


def _subscription(row: Row) -> StoredSubscription:
    found = StoredSubscription(*row)
    return found._replace(id=bytes(found.id), identity=bytes(found.identity), seen=bytes(found.seen))
