"""Who is signed in."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import identities, sessions
from certmark.server.store.statements import SqlStatement


class StoredSession(NamedTuple):
    """A session, without what makes it one."""

    digest: bytes
    id: bytes
    """By which people name it."""
    identity: bytes
    provider: str
    token: str
    agent: str
    """What the browser called itself."""
    created: int
    touched: int
    ended: int | None
    refused: int | None
    """When it was last noted that somebody used it after its end."""
    sid: str | None
    """What the provider calls its session."""


_ADD = SqlStatement("sessions.add", insert(sessions))
_COLUMNS = [sessions.c[name] for name in StoredSession._fields]
_ONE = SqlStatement(
    "sessions.one",
    select(*_COLUMNS, identities.c.name)
    .select_from(sessions.join(identities, identities.c.id == sessions.c.identity))
    .where(sessions.c.digest == bindparam("cookie")),
)
_OF = SqlStatement(
    "sessions.of",
    select(*_COLUMNS)
    .where(sessions.c.identity == bindparam("whose"), sessions.c.ended.is_(None))
    .order_by(sessions.c.created.desc()),
)
_CALLED = SqlStatement(
    "sessions.called",
    select(*_COLUMNS).where(
        sessions.c.sid == bindparam("called"), sessions.c.provider == bindparam("by"), sessions.c.ended.is_(None)
    ),
)
_TOUCH = SqlStatement(
    "sessions.touch",
    update(sessions).where(sessions.c.digest == bindparam("cookie")).values(touched=bindparam("moment")),
)
_REFUSE = SqlStatement(
    "sessions.refuse",
    update(sessions).where(sessions.c.digest == bindparam("cookie")).values(refused=bindparam("moment")),
)
_END = SqlStatement(
    "sessions.end",
    update(sessions)
    .where(sessions.c.digest == bindparam("cookie"), sessions.c.ended.is_(None))
    .values(ended=bindparam("moment"), token=""),
)
_FORGET = SqlStatement("sessions.forget", delete(sessions).where(sessions.c.created < bindparam("before")))


def add(transaction: Transaction, new: StoredSession) -> None:
    """Somebody signed in."""
    transaction.run(_ADD, **new._asdict())


def one(transaction: Transaction, digest: bytes) -> tuple[StoredSession, str] | None:
    """The session of a cookie, and the name of whose it is."""
    row = transaction.one(_ONE, cookie=digest)
    return None if row is None else (_session(row[:-1]), row[-1])


def of(transaction: Transaction, identity: bytes) -> list[StoredSession]:
    """Somebody's sessions that nobody ended, the newest first."""
    return [_session(row) for row in transaction.run(_OF, whose=identity)]


def called(transaction: Transaction, provider: str, sid: str) -> list[StoredSession]:
    """Sessions that nobody ended, by what their provider calls its own."""
    return [_session(row) for row in transaction.run(_CALLED, by=provider, called=sid)]


def touch(transaction: Transaction, digest: bytes, moment: int) -> None:
    """It is used."""
    transaction.run(_TOUCH, cookie=digest, moment=moment)


def refuse(transaction: Transaction, digest: bytes, moment: int) -> None:
    """It was used after its end, and that was noted."""
    transaction.run(_REFUSE, cookie=digest, moment=moment)


def end(transaction: Transaction, digest: bytes, moment: int) -> None:
    """It ends now."""
    transaction.run(_END, cookie=digest, moment=moment)


def forget(transaction: Transaction, before: int) -> None:
    """Sessions that began before, which are over by then."""
    transaction.run(_FORGET, before=before)


def _session(row: tuple[object, ...]) -> StoredSession:
    found = StoredSession(*row)  # type: ignore[arg-type]  # as the statement gives them
    return found._replace(digest=bytes(found.digest), id=bytes(found.id), identity=bytes(found.identity))
