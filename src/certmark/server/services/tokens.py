"""Upload tokens: made by the operator, shown once, kept as a digest.

A token begins with `cmk_`, so that scanners for secrets know it, and ends with a check, so that a word that was
typed wrong is told from one that ended.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib

from certmark.domain.errors import InvalidRequest
from certmark.server import ids
from certmark.server.asking import EVERYTHING, OPERATOR, Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown
from certmark.server.store import audit, identities
from certmark.server.store.identities import StoredToken

_BEGINNING = "cmk_"
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 40
_CHECK = 6
_SHORTEST = 8
"""Digits of a digest by which a token is named."""
_A_DAY = 86_400_000_000


def new(services: Services, name: str, label: str, days: int) -> tuple[str, StoredToken]:
    """A token for the identity `name`, which is made where there is none. Raises InvalidRequest."""
    if not name.strip() or len(name) > 200 or len(label) > 200 or not name.isprintable() or not label.isprintable():
        raise InvalidRequest("a name and a label are a line of at most 200 signs")
    if not 1 <= days <= 3650:
        raise InvalidRequest("a token holds for 1 to 3650 days")
    random = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    text = f"{_BEGINNING}{random}{_check(random)}"
    now = services.clock()
    digest, expires = _digest(text), now + days * _A_DAY
    with services.database.write() as transaction:
        identity = identities.named(transaction, name)
        if identity is None:
            identity = ids.new_id(now)
            identities.add(transaction, identity, name, now)
            audit.note(transaction, OPERATOR, "identity.add", name, now)
        identities.add_token(transaction, digest, identity, label, now, expires)
        audit.note(transaction, OPERATOR, "token.add", digest.hex(), now)
    return text, StoredToken(digest, identity, name, label, now, expires, None)


def asker_of(services: Services, text: str) -> Asker:
    """Whom a token stands for. Raises NotKnown."""
    random = text.removeprefix(_BEGINNING)
    if len(text) != len(_BEGINNING) + _LENGTH + _CHECK or _check(random[:_LENGTH]) != random[_LENGTH:]:
        raise NotKnown("that is no token of a server; look whether it was copied whole")
    with services.database.read() as transaction:
        found = identities.token(transaction, _digest(text))
    if found is None or found.revoked is not None or found.expires < services.clock():
        raise NotKnown("the token is not known here, or has ended; make another one")
    return Asker(found.identity, found.owner, EVERYTHING)


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


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _check(random: str) -> str:
    number, signs = zlib.crc32(random.encode()), ""
    for _ in range(_CHECK):
        number, place = divmod(number, len(_SIGNS))
        signs += _SIGNS[place]
    return signs
