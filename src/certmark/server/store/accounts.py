"""People who sign in: their accounts, and tries to sign in that wait for an answer."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import accounts, joined, sign_ins
from certmark.server.store.statements import SqlStatement


class StoredAccount(NamedTuple):
    """Somebody, as a provider knows them."""

    identity: bytes
    issuer: str
    subject: str
    name: str
    email: str | None
    created: int
    seen: int


class StoredSignIn(NamedTuple):
    """A try to sign in."""

    state: bytes
    """SHA-256, as the next one."""
    browser: bytes
    provider: str
    nonce: str
    verifier: str
    destination: str
    """Where the person wanted to go."""
    created: int


_COLUMNS = [accounts.c[name] for name in StoredAccount._fields]
_ACCOUNT = SqlStatement(
    "accounts.one",
    select(*_COLUMNS).where(accounts.c.issuer == bindparam("known_by"), accounts.c.subject == bindparam("called")),
)
_OF = SqlStatement("accounts.of", select(*_COLUMNS).where(accounts.c.identity == bindparam("whose")))
_ALL = SqlStatement("accounts.all", select(*_COLUMNS).order_by(accounts.c.issuer, accounts.c.subject))
_ADD = SqlStatement("accounts.add", insert(accounts))
_SEEN = SqlStatement(
    "accounts.seen",
    update(accounts)
    .where(accounts.c.identity == bindparam("whose"))
    .values(name=bindparam("shown"), email=bindparam("address"), seen=bindparam("moment")),
)
_REMOVE = SqlStatement("accounts.remove", delete(accounts).where(accounts.c.identity == bindparam("whose")))
_JOIN = SqlStatement("joined.add", insert(joined))
_JOINED = SqlStatement(
    "joined.one",
    select(joined.c.identity).where(joined.c.issuer == bindparam("known_by"), joined.c.subject == bindparam("called")),
)
_BEGIN = SqlStatement("sign_ins.add", insert(sign_ins))
_TAKE = SqlStatement(
    "sign_ins.take",
    delete(sign_ins)
    .where(sign_ins.c.state == bindparam("answered"))
    .returning(*(sign_ins.c[name] for name in StoredSignIn._fields)),
)
_FORGET = SqlStatement("sign_ins.forget", delete(sign_ins).where(sign_ins.c.created < bindparam("before")))


def account(transaction: Transaction, issuer: str, subject: str) -> StoredAccount | None:
    """Whoever a provider calls so."""
    row = transaction.one(_ACCOUNT, known_by=issuer, called=subject)
    return None if row is None else _account(row)


def account_of(transaction: Transaction, identity: bytes) -> StoredAccount | None:
    """How somebody signs in; None: they do not."""
    row = transaction.one(_OF, whose=identity)
    return None if row is None else _account(row)


def every(transaction: Transaction) -> list[StoredAccount]:
    """All accounts, by issuer and subject."""
    return [_account(row) for row in transaction.run(_ALL)]


def add(transaction: Transaction, new: StoredAccount) -> None:
    """Somebody new. Raises Conflict where there is such a one."""
    transaction.run(_ADD, **new._asdict())


def seen(transaction: Transaction, known: StoredAccount) -> None:
    """What the provider says of them now."""
    transaction.run(_SEEN, whose=known.identity, shown=known.name, address=known.email, moment=known.seen)


def join(transaction: Transaction, old: StoredAccount, identity: bytes, moment: int) -> None:
    """An account is no more: whoever had it is `identity`."""
    transaction.run(_REMOVE, whose=old.identity)
    transaction.run(_JOIN, issuer=old.issuer, subject=old.subject, identity=identity, moment=moment)


def joined_to(transaction: Transaction, issuer: str, subject: str) -> bytes | None:
    """Who has the place of an account that is no more; None: there was none."""
    row = transaction.one(_JOINED, known_by=issuer, called=subject)
    return None if row is None else bytes(row[0])


def begin(transaction: Transaction, new: StoredSignIn) -> None:
    """A try to sign in."""
    transaction.run(_BEGIN, **new._asdict())


def take(transaction: Transaction, state: bytes) -> StoredSignIn | None:
    """The try that is answered; it is gone then, so that an answer holds once."""
    row = transaction.one(_TAKE, answered=state)
    return None if row is None else StoredSignIn(bytes(row[0]), bytes(row[1]), *row[2:])


def forget(transaction: Transaction, before: int) -> None:
    """Tries that nobody answered."""
    transaction.run(_FORGET, before=before)


def _account(row: tuple[object, ...]) -> StoredAccount:
    found = StoredAccount(*row)  # type: ignore[arg-type]  # as the statement gives them
    return found._replace(identity=bytes(found.identity))
