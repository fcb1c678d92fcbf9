"""What is said in JSON of whoever is signed in: account, tokens, sessions, keys, publishers."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.api.bodies import Digest, RunId, Word
from certmark.server.services.moments import written
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.identities import StoredToken
from certmark.server.store.sessions import StoredSession

Days = Annotated[int, Meta(ge=1, le=3650)]
Scopes = Annotated[list[Literal["read", "submit"]], Meta(min_length=1, max_length=2)]
Label = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in."""

    id: RunId
    name: str
    """As the provider says; people change it."""
    email: str | None
    issuer: str | None
    """With `subject`: who it is. null: nobody who signs in, such as the one person of a local server."""
    subject: str | None


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token, without what makes it one."""

    id: Digest
    """The SHA-256 of the token."""
    label: str
    scopes: list[str]
    created: str
    expires: str
    used: str | None
    """The last use, to some minutes; null: never."""


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a token shall be."""

    label: Label
    scopes: Scopes = msgspec.field(default_factory=lambda: ["read", "submit"])
    days: Days = 90


class MadeToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token, the only time that it is shown."""

    token: Word
    about: Token


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Your tokens that nobody ended, the newest first."""

    tokens: list[Token]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Where you are signed in."""

    id: RunId
    provider: str
    agent: str
    """What the browser called itself."""
    created: str
    used: str
    """The last use, to a minute."""


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """Your sessions, the newest first."""

    sessions: list[Session]


def account_body(identity: bytes, name: str, found: StoredAccount | None) -> Account:
    """Who asks."""
    if found is None:
        return Account(id=ids.written(identity), name=name, email=None, issuer=None, subject=None)
    return Account(
        id=ids.written(identity), name=found.name, email=found.email, issuer=found.issuer, subject=found.subject
    )


def token_body(token: StoredToken) -> Token:
    """A token, as its owner sees it."""
    return Token(
        id=token.digest.hex(),
        label=token.label,
        scopes=token.scopes.split(),
        created=written(token.created),
        expires=written(token.expires),
        used=None if token.used is None else written(token.used),
    )


def session_body(session: StoredSession) -> Session:
    """A session, as whoever is signed in sees it."""
    return Session(
        id=ids.written(session.id),
        provider=session.provider,
        agent=session.agent,
        created=written(session.created),
        used=written(session.touched),
    )
