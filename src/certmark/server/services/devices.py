"""Programs without a browser are let in by somebody who has one (RFC 8628).

1. A program gets two codes: a long one, by which it asks, and a short one, which a person reads and types.
2. Somebody who is signed in decides, once; the program gets a token of theirs, once.
3. All of that happens within ten minutes, and a program asks every five seconds at most.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.services import tokens
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.tokens import A_DAY, MAY
from certmark.server.store import audit, devices
from certmark.server.store.devices import StoredDevice

PATIENCE = 600
"""Seconds."""
INTERVAL = 5
DAYS = 90
_SECOND = 1_000_000
_SIGNS = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels there are no words, and nothing that looks like a digit."""
_HALF = 4


class Codes(NamedTuple):
    """What a program gets."""

    device: str
    user: str


class NotYet(InvalidRequest):
    """The program has no token; `word` says why, in OAuth's words."""

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word


def begin(services: Services, label: str, network: str) -> Codes:
    """Rule 1."""
    if len(label) > 100 or not label.isprintable():
        raise InvalidRequest("a label is a line of at most 100 signs")
    now, signs = services.clock(), "".join(secrets.choice(_SIGNS) for _ in range(2 * _HALF))
    codes = Codes(secrets.token_urlsafe(32), f"{signs[:_HALF]}-{signs[_HALF:]}")
    new = StoredDevice(_digest(codes.device), _digest(signs), label, network, now, None, None, None)
    with services.database.write() as transaction:
        devices.forget(transaction, now - 2 * PATIENCE * _SECOND)
        devices.add(transaction, new)
    return codes


def look(services: Services, code: str) -> StoredDevice:
    """The program that a person is to decide on. Raises NotFound."""
    with services.database.read() as transaction:
        found = devices.shown(transaction, _digest(_signs(code)))
    if found is None or found.decision is not None or _is_over(services, found):
        raise NotFound("no program waits with this code, or not any more; look at it again, or begin anew")
    return found


def decide(services: Services, asker: Asker, code: str, *, is_let_in: bool) -> None:
    """Rule 2. Raises NotFound."""
    found, now = look(services, code), services.clock()
    with services.database.write() as transaction:
        if not devices.decide(transaction, found.code, asker.identity or b"", is_let_in=is_let_in):
            raise NotFound("somebody has decided on this program meanwhile")
        audit.note(transaction, asker, "device.let-in" if is_let_in else "device.refused", found.label, now)


def ask(services: Services, device: str) -> str:
    """The token of a program that was let in. Raises NotYet (rules 2 and 3)."""
    digest, now = _digest(device), services.clock()
    with services.database.write() as transaction:
        found = devices.one(transaction, digest)
        if found is not None:
            devices.asked(transaction, digest, now)
        taken = None if found is None or _is_over(services, found) else devices.take(transaction, digest)
    if found is None or _is_over(services, found):
        raise NotYet("expired_token", "nobody let the program in within ten minutes; begin anew")
    if taken is None:
        if found.asked is not None and now - found.asked < (INTERVAL - 1) * _SECOND:
            raise NotYet("slow_down", f"ask every {INTERVAL} seconds at most")
        raise NotYet("authorization_pending", "nobody has decided yet")
    known, name = taken
    if known.decision != 1:
        raise NotYet("access_denied", "the program was not let in")
    asker = Asker(known.identity, name, EVERYTHING)
    return tokens.make(services, asker, known.label or "a program", DAYS * A_DAY, MAY)[0]


def _is_over(services: Services, device: StoredDevice) -> bool:
    return services.clock() - device.created > PATIENCE * _SECOND


def _signs(code: str) -> str:
    """However somebody types it."""
    return "".join(sign for sign in code[:100].upper() if sign in _SIGNS)


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()
