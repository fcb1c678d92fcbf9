"""Who there is, and the tokens that stand for them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import identities, tokens
from certmark.server.store.statements import SqlStatement


class StoredToken(NamedTuple):
    """A token, without what makes it one."""

    digest: bytes
    identity: bytes
    owner: str
    """The name of the identity."""
    label: str
    created: int
    expires: int
    revoked: int | None


_ADD = SqlStatement("identities.add", insert(identities))
_ONE = SqlStatement("identities.one", select(identities.c.id).where(identities.c.id == bindparam("identity")))
_ANY = SqlStatement("identities.any", select(identities.c.id).order_by(identities.c.id).limit(1))
_NAMED = SqlStatement("identities.named", select(identities.c.id).where(identities.c.name == bindparam("called")))
_COLUMNS = (
    tokens.c.digest,
    tokens.c.identity,
    identities.c.name,
    tokens.c.label,
    tokens.c.created,
    tokens.c.expires,
    tokens.c.revoked,
)
_TOKENS = select(*_COLUMNS).select_from(tokens.join(identities, identities.c.id == tokens.c.identity))
_TOKEN = SqlStatement("tokens.one", _TOKENS.where(tokens.c.digest == bindparam("token")))
_ALL_TOKENS = SqlStatement("tokens.all", _TOKENS.order_by(identities.c.name, tokens.c.created))
_ADD_TOKEN = SqlStatement("tokens.add", insert(tokens))
_REVOKE = SqlStatement(
    "tokens.revoke", update(tokens).where(tokens.c.digest == bindparam("token")).values(revoked=bindparam("moment"))
)


def add(transaction: Transaction, identity: bytes, name: str, moment: int) -> None:
    """Somebody new. Raises Conflict where the name is taken."""
    transaction.run(_ADD, id=identity, name=name, created=moment)


def is_there(transaction: Transaction, identity: bytes) -> bool:
    """Whether there is such a one."""
    return transaction.one(_ONE, identity=identity) is not None


def is_any(transaction: Transaction) -> bool:
    """Whether there is anybody."""
    return transaction.one(_ANY) is not None


def named(transaction: Transaction, name: str) -> bytes | None:
    """Whoever has this name."""
    row = transaction.one(_NAMED, called=name)
    return None if row is None else bytes(row[0])


def add_token(transaction: Transaction, digest: bytes, identity: bytes, label: str, created: int, expires: int) -> None:
    """A new token of somebody."""
    moments = {"created": created, "expires": expires, "revoked": None}
    transaction.run(_ADD_TOKEN, digest=digest, identity=identity, label=label, **moments)


def token(transaction: Transaction, digest: bytes) -> StoredToken | None:
    """The token with this digest."""
    row = transaction.one(_TOKEN, token=digest)
    return None if row is None else _token(row)


def every_token(transaction: Transaction) -> list[StoredToken]:
    """All tokens, by the names of their owners."""
    return [_token(row) for row in transaction.run(_ALL_TOKENS)]


def revoke(transaction: Transaction, digest: bytes, moment: int) -> None:
    """It ends now."""
    transaction.run(_REVOKE, token=digest, moment=moment)


def _token(row: tuple[object, ...]) -> StoredToken:
    found = StoredToken(*row)  # type: ignore[arg-type]  # as the statement gives them
    return found._replace(digest=bytes(found.digest), identity=bytes(found.identity))
