"""Accounts of people, as the operator sees and makes them."""

from __future__ import annotations

from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.server import ids
from certmark.server.asking import OPERATOR, Asker
from certmark.server.openid.errors import NotBelieved
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store import accounts, audit, identities, publishers, sessions
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.database import Transaction

_LONGEST = 255


class Ended(NamedTuple):
    """What was taken from somebody."""

    sessions: int
    tokens: int
    publishers: int


def name_of(issuer: str, subject: str) -> str:
    """What an account is called on this server, for ever: an issuer's address has no fragment of its own."""
    return f"{issuer}#{subject}"


def every(services: Services) -> list[StoredAccount]:
    """All accounts."""
    with services.database.read() as transaction:
        return accounts.every(transaction)


def add(services: Services, provider: str, subject: str) -> StoredAccount:
    """An account for somebody who has not signed in yet, so that they can be given roles. Raises InvalidRequest."""
    issuer = next((one.issuer for one in services.settings.providers if one.id == provider), None)
    if issuer is None:
        raise InvalidRequest(f"the settings name no provider {provider[:50]!r}")
    if not 0 < len(subject) <= _LONGEST or not subject.isprintable():
        raise InvalidRequest("a subject is a line of at most 255 signs, as the provider calls somebody in its tokens")
    with services.database.write() as transaction:
        if accounts.account(transaction, issuer, subject) is not None:
            raise InvalidRequest("there is such an account")
        return known(services, transaction, StoredAccount(b"", issuer, subject, subject, None, 0, 0), OPERATOR)


def known(services: Services, transaction: Transaction, person: StoredAccount, asker: Asker | None) -> StoredAccount:
    """The account of a person, made where there is none by `asker` (None: themselves).

    Issuer and subject are who it is; name and address are only what they are called now. Where it was joined with
    another one the identity is that one's. Raises NotBelieved where somebody signs in with such a one.
    """
    now, called = services.clock(), name_of(person.issuer, person.subject)
    found = accounts.account(transaction, person.issuer, person.subject)
    if found is not None:
        found = found._replace(name=person.name, email=person.email, seen=now)
        accounts.seen(transaction, found)
        return found
    other = accounts.joined_to(transaction, person.issuer, person.subject)
    if other is not None:
        if asker is None:
            raise NotBelieved("this account was joined with another one here; sign in with that one")
        return person._replace(identity=other, created=now, seen=now)
    there = identities.named(transaction, called)  # the operator may have made a token for them before
    new = person._replace(identity=there or ids.new_id(now), created=now, seen=now)
    if there is None:
        identities.add(transaction, new.identity, called, now)
    accounts.add(transaction, new)
    own = asker or Asker(new.identity, called, frozenset())
    audit.note(transaction, own, "account.add", called, now)
    return new


def sign_out(services: Services, name: str) -> Ended:
    """End every session, token and publisher of somebody; what they sent and who they are stays. Raises NotFound."""
    now = services.clock()
    with services.database.write() as transaction:
        identity = identities.named(transaction, name)
        if identity is None:
            raise NotFound(f"nobody is called {name[:200]!r} here")
        ended = end_access(transaction, identity, now)
        audit.note(transaction, OPERATOR, "account.sign-out", name, now)
    return ended


def end_access(transaction: Transaction, identity: bytes, now: int) -> Ended:
    """End what lets somebody in."""
    open_ones = sessions.of(transaction, identity)
    ended = Ended(
        len(open_ones),
        len(identities.own_tokens(transaction, identity)),
        len(publishers.of(transaction, identity)),
    )
    for session in open_ones:
        sessions.end(transaction, session.digest, now)
    identities.revoke_all(transaction, identity, now)
    publishers.remove_all(transaction, identity)
    return ended
