"""What is said in JSON of whoever is signed in: account, tokens, sessions, keys, publishers."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.api.bodies import Digest, RunId, Word
from certmark.server.services.keys import FRESH, Proof
from certmark.server.services.moments import written
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.identities import StoredToken
from certmark.server.store.keys import StoredKey
from certmark.server.store.publishers import StoredPublisher
from certmark.server.store.sessions import StoredSession

Days = Annotated[int, Meta(ge=1, le=3650)]
Scopes = Annotated[list[Literal["read", "submit", "run"]], Meta(min_length=1, max_length=3)]
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

    id: Digest
    token: Word
    about: Token


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """Those that nobody ended, the newest first."""

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


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be signed to prove that a key is yours, within ten minutes."""

    challenge: Word
    namespace: Word
    """Of the signature: ssh-keygen -Y sign -n NAMESPACE."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A public key."""

    id: Digest
    """The SHA-256 that ssh-keygen -l shows, in hexadecimal digits."""
    key: str
    """As in a .pub file."""
    is_proven: bool
    """By a fresh challenge; if not, it sends results by version 1 of the API and does nothing else."""
    created: str


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key, and the proof that it is yours."""

    key: Annotated[str, Meta(max_length=8192)]
    challenge: Word
    signature: Annotated[str, Meta(max_length=8192)]
    """As ssh-keygen -Y sign writes it."""


class TakenOver(msgspec.Struct, frozen=True, kw_only=True):
    """The account that is yours now, and is no more: how it was known."""

    issuer: str
    subject: str


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first."""

    keys: list[Key]


class Publisher(msgspec.Struct, frozen=True, kw_only=True):
    """Jobs of a CI that send results in your name."""

    id: RunId
    ci: str
    claims: dict[str, str]
    label: str
    created: str
    used: str | None


class NewPublisher(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which jobs: what their tokens say."""

    ci: Word
    claims: dict[Word, Word]
    label: Label = ""


class Publishers(msgspec.Struct, frozen=True, kw_only=True):
    """Your publishers, the newest first."""

    publishers: list[Publisher]


def proof_of(new: NewKey) -> Proof:
    """As services take it."""
    return Proof(new.key, new.challenge, new.signature)


def key_body(key: StoredKey) -> Key:
    """A key, as its owner sees it."""
    return Key(id=key.digest.hex(), key=key.line, is_proven=key.proof == FRESH, created=written(key.created))


def publisher_body(found: StoredPublisher) -> Publisher:
    """A publisher, as its owner sees it."""
    return Publisher(
        id=ids.written(found.id),
        ci=found.ci,
        claims=json.loads(found.claims),
        label=found.label,
        created=written(found.created),
        used=None if found.used is None else written(found.used),
    )


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
