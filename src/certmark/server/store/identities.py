"""Who there is, and the tokens that stand for them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from certmark.server import ids
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
    scopes: str = "read submit"
    maker: bytes | None = None
    """Who made it; None: the operator."""
    used: int | None = None
    """The last use, to some minutes."""
    refused: int | None = None
    """When it was last noted that somebody used it after its end."""


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
    tokens.c.scopes,
    tokens.c.maker,
    tokens.c.used,
    tokens.c.refused,
)
_TOKENS = select(*_COLUMNS).select_from(tokens.join(identities, identities.c.id == tokens.c.identity))
_TOKEN = SqlStatement("tokens.one", _TOKENS.where(tokens.c.digest == bindparam("token")))
_ALL_TOKENS = SqlStatement("tokens.all", _TOKENS.order_by(identities.c.name, tokens.c.created))
_OWN_TOKENS = SqlStatement(
    "tokens.own", _TOKENS.where(tokens.c.identity == bindparam("whose"), tokens.c.revoked.is_(None))
)
_ADD_TOKEN = SqlStatement("tokens.add", insert(tokens))
_REVOKE = SqlStatement(
    "tokens.revoke", update(tokens).where(tokens.c.digest == bindparam("token")).values(revoked=bindparam("moment"))
)
_REVOKE_ALL = SqlStatement(
    "tokens.revoke_all",
    update(tokens)
    .where(tokens.c.identity == bindparam("whose"), tokens.c.revoked.is_(None))
    .values(revoked=bindparam("moment")),
)
_USE = SqlStatement(
    "tokens.use", update(tokens).where(tokens.c.digest == bindparam("token")).values(used=bindparam("moment"))
)
_REFUSE = SqlStatement(
    "tokens.refuse", update(tokens).where(tokens.c.digest == bindparam("token")).values(refused=bindparam("moment"))
)
_FORGET = SqlStatement(
    "tokens.forget",
    delete(tokens).where(tokens.c.identity == bindparam("whose"), tokens.c.expires < bindparam("before")),
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


def add_token(transaction: Transaction, new: StoredToken) -> None:
    """A new token of somebody."""
    given = new._asdict()
    del given["owner"]
    transaction.run(_ADD_TOKEN, **given)


def own_tokens(transaction: Transaction, identity: bytes) -> list[StoredToken]:
    """Tokens that stand for somebody and that nobody ended, the newest first."""
    found = [_token(row) for row in transaction.run(_OWN_TOKENS, whose=identity)]
    return sorted(found, key=lambda one: one.created, reverse=True)


def forget(transaction: Transaction, identity: bytes, before: int) -> None:
    """Somebody's tokens that ended before."""
    transaction.run(_FORGET, whose=identity, before=before)


def use(transaction: Transaction, digest: bytes, moment: int) -> None:
    """It is used."""
    transaction.run(_USE, token=digest, moment=moment)


def refuse(transaction: Transaction, digest: bytes, moment: int) -> None:
    """It was used after its end, and that was noted."""
    transaction.run(_REFUSE, token=digest, moment=moment)


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


def revoke_all(transaction: Transaction, identity: bytes, moment: int) -> None:
    """Every token of somebody ends now."""
    transaction.run(_REVOKE_ALL, whose=identity, moment=moment)


def vendor(transaction: Transaction, identity: bytes, moment: int) -> str:
    """A vendor is somebody by its own id from now on; what it is called, as its name may be another one tomorrow."""
    name = name_of_vendor(identity)
    if not is_there(transaction, identity):
        add(transaction, identity, name, moment)
    return name


def name_of_vendor(identity: bytes) -> str:
    """What a vendor is called where it sends something."""
    return f"vendor {ids.written(identity)}"


def _token(row: tuple[object, ...]) -> StoredToken:
    found = StoredToken(*row)  # type: ignore[arg-type]  # as the statement gives them
    maker = None if found.maker is None else bytes(found.maker)
    return found._replace(digest=bytes(found.digest), identity=bytes(found.identity), maker=maker)
