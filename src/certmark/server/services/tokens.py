"""Tokens: made by the operator, or by people for themselves; shown once, kept as a digest.

A token may read, submit and carry out orders, never more: what makes other secrets asks for somebody who is signed in.
A token begins with `cmk_`, so that scanners for secrets know it, and ends with a check, so that a word that was
typed wrong is told from one that ended.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib
from collections.abc import Collection

from certmark.domain.errors import InvalidRequest
from certmark.server import ids
from certmark.server.asking import OPERATOR, Asker, TokenScope
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted
from certmark.server.services.holders import holder, new_holder, note
from certmark.server.store import audit, identities
from certmark.server.store.identities import StoredToken

_BEGINNING = "cmk_"
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 40
_CHECK = 6
_SHORTEST = 8
"""Digits of a digest by which a token is named."""
A_DAY = 86_400_000_000
_OFTEN = 300_000_000
"""How exactly the last use is known."""
_KNOWN = 30 * A_DAY
"""How long a token that ended is told from one that never was."""
_MOST = 100
"""Tokens of one person that hold."""
MAY = (TokenScope.READ, TokenScope.SUBMIT)
"""What a token is good for, where nobody says otherwise."""
OF_RUNNERS = (TokenScope.READ, TokenScope.SUBMIT, TokenScope.RUN)
"""What a token can be good for."""


def new(
    services: Services, name: str, label: str, days: int, scopes: Collection[TokenScope] = MAY
) -> tuple[str, StoredToken]:
    """A token for the identity `name`, which is made where there is none. Raises InvalidRequest."""
    _check_label(name)
    if not name.strip():
        raise InvalidRequest("a name is a line of at most 200 signs")
    text, token = _made(services, (b"", name), label, days * A_DAY, scopes)
    now = token.created
    with services.database.write() as transaction:
        identity = identities.named(transaction, name)
        if identity is None:
            identity = ids.new_id(now)
            identities.add(transaction, identity, name, now)
            audit.note(transaction, OPERATOR, "identity.add", ids.written(identity), now)
        token = token._replace(identity=identity)
        identities.add_token(transaction, token)
        audit.note(transaction, OPERATOR, "token.add", token.digest.hex(), now)
    return text, token


def make(
    services: Services,
    asker: Asker,
    label: str,
    lifetime: int,
    scopes: Collection[TokenScope],
    vendor: bytes | None = None,
) -> tuple[str, StoredToken]:
    """A token for whoever asks, or for a vendor of theirs, for `lifetime` microseconds.

    Raises InvalidRequest, NotFound, NotPermitted or WrongState.
    """
    if not set(scopes) <= asker.scopes:
        raise NotPermitted("a token may do what you may, and no more")
    text, token = _made(services, (b"", ""), label, lifetime, scopes)
    with services.database.write() as transaction:
        whose = new_holder(services, transaction, asker, vendor)
        token = token._replace(identity=whose.identity, owner=whose.name, maker=asker.identity)
        holding = [one for one in identities.own_tokens(transaction, token.identity) if one.expires > token.created]
        if len(holding) >= _MOST:
            raise NotPermitted(f"there are {_MOST} tokens that hold; end one of them")
        identities.forget(transaction, token.identity, token.created - _KNOWN)
        identities.add_token(transaction, token)
        note(transaction, asker, whose, ("token.add", token.digest.hex()), token.created)
    return text, token


def own(services: Services, asker: Asker, vendor: bytes | None = None) -> list[StoredToken]:
    """Tokens that stand for whoever asks, or for a vendor of theirs, and that nobody ended, whoever made them.

    Raises NotFound, NotPermitted or WrongState.
    """
    with services.database.read() as transaction:
        return identities.own_tokens(transaction, holder(transaction, asker, vendor).identity)


def revoke_own(services: Services, asker: Asker, digest: bytes, vendor: bytes | None = None) -> None:
    """End a token that stands for whoever asks, or for a vendor of theirs.

    Raises NotFound, NotPermitted or WrongState.
    """
    now = services.clock()
    with services.database.write() as transaction:
        whose = holder(transaction, asker, vendor)
        if digest not in {one.digest for one in identities.own_tokens(transaction, whose.identity)}:
            raise NotFound("there is no such token of yours")
        identities.revoke(transaction, digest, now)
        note(transaction, asker, whose, ("token.revoke", digest.hex()), now)


def _made(
    services: Services, owner: tuple[bytes, str], label: str, lifetime: int, scopes: Collection[TokenScope]
) -> tuple[str, StoredToken]:
    _check_label(label)
    if not 0 < lifetime <= 3650 * A_DAY:
        raise InvalidRequest("a token holds for 1 to 3650 days")
    if not scopes or not set(scopes) <= set(OF_RUNNERS):
        raise InvalidRequest(f"a token is good for {' or '.join(scope.value for scope in OF_RUNNERS)}")
    random = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    text = f"{_BEGINNING}{random}{_check(random)}"
    now, words = services.clock(), " ".join(scope.value for scope in OF_RUNNERS if scope in scopes)
    return text, StoredToken(_digest(text), *owner, label, now, now + lifetime, None, words)


def _check_label(label: str) -> None:
    if len(label) > 200 or not label.isprintable():
        raise InvalidRequest("a name and a label are a line of at most 200 signs")


def asker_of(services: Services, text: str) -> Asker:
    """Whom a token stands for. Raises NotKnown."""
    random = text.removeprefix(_BEGINNING)
    if len(text) != len(_BEGINNING) + _LENGTH + _CHECK or _check(random[:_LENGTH]) != random[_LENGTH:]:
        raise NotKnown("that is no token of a server; look whether it was copied whole")
    digest, now = _digest(text), services.clock()
    with services.database.read() as transaction:
        found = identities.token(transaction, digest)
    if found is None:
        raise NotKnown("the token is not known here, or has ended; make another one")
    asker = Asker(found.identity, found.owner, frozenset(map(TokenScope, found.scopes.split())))
    if found.revoked is not None or found.expires < now:
        if now - (found.refused or 0) > A_DAY:
            with services.database.write() as transaction:
                identities.refuse(transaction, digest, now)
                audit.note(transaction, asker, "token.refused", digest.hex(), now)
        raise NotKnown("the token is not known here, or has ended; make another one")
    if now - (found.used or 0) > _OFTEN:
        with services.database.write() as transaction:
            identities.use(transaction, digest, now)
    return asker


def every(services: Services) -> list[StoredToken]:
    """All tokens."""
    with services.database.read() as transaction:
        return identities.every_token(transaction)


def revoke(services: Services, named: str) -> StoredToken:
    """End the token whose digest begins with `named`. Raises NotFound or InvalidRequest."""
    found = [one for one in every(services) if one.digest.hex().startswith(named.lower())]
    if len(named) < _SHORTEST or len(found) > 1:
        raise InvalidRequest(f"name a token by {_SHORTEST} digits of its id, or more")
    if not found:
        raise NotFound(f"there is no token {named[:64]!r}")
    now = services.clock()
    with services.database.write() as transaction:
        identities.revoke(transaction, found[0].digest, now)
        audit.note(transaction, OPERATOR, "token.revoke", found[0].digest.hex(), now)
    return found[0]._replace(revoked=now)


def note_guessing(services: Services, asker: Asker, whence: str) -> None:
    """That somebody tries one secret after the other, and must wait."""
    with services.database.write() as transaction:
        audit.note(transaction, asker, "secret.guessed", whence, services.clock())


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _check(random: str) -> str:
    number, signs = zlib.crc32(random.encode()), ""
    for _ in range(_CHECK):
        number, place = divmod(number, len(_SIGNS))
        signs += _SIGNS[place]
    return signs
