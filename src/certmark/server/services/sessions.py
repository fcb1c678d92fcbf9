"""Sessions of people who signed in: a random word in a cookie, and a row here.

1. The word is new at each sign-in; the row has its SHA-256 only.
2. A session ends when it was idle for too long, is too old, or was ended; nothing brings it back.
3. Whoever comes with one that has ended is told so, and it stands in the audit, at most once an hour.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from certmark.server import ids
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown
from certmark.server.store import audit, sessions
from certmark.server.store.database import Transaction
from certmark.server.store.sessions import StoredSession

_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE
_LONGEST_AGENT = 200


def begin(
    services: Services,
    transaction: Transaction,
    asker: Asker,
    session: tuple[str, str, str],
    sid: str | None = None,
) -> str:
    """A new session of `asker` (provider, id token, browser); the word for the cookie (rule 1).

    `sid` is what the provider calls its session.
    """
    provider, token, agent = session
    word, now = secrets.token_urlsafe(32), services.clock()
    shown = "".join(sign for sign in agent if sign.isprintable())[:_LONGEST_AGENT]
    identity = asker.identity or b""
    new = StoredSession(digest_of(word), ids.new_id(now), identity, provider, token, shown, now, now, None, None, sid)
    sessions.add(transaction, new)
    sessions.forget(transaction, now - _microseconds(2 * services.settings.session_longest))
    audit.note(transaction, asker, "session.begin", ids.written(new.id), now)
    return word


def asker_of(services: Services, word: str) -> tuple[Asker, StoredSession]:
    """Whose session it is. Raises NotKnown (rules 2 and 3)."""
    digest, now = digest_of(word), services.clock()
    with services.database.read() as transaction:
        found = sessions.one(transaction, digest)
    if found is None:
        raise NotKnown("you are not signed in here; sign in again")
    session, name = found
    asker = Asker(session.identity, name, EVERYTHING)
    if not _holds(services, session, now):
        if now - (session.refused or 0) > _HOUR:
            with services.database.write() as transaction:
                sessions.refuse(transaction, digest, now)
                audit.note(transaction, asker, "session.refused", ids.written(session.id), now)
        raise NotKnown("your session has ended; sign in again")
    if now - session.touched > _MINUTE:
        with services.database.write() as transaction:
            sessions.touch(transaction, digest, now)
    return asker, session


def own(services: Services, asker: Asker) -> list[StoredSession]:
    """Sessions of whoever asks that hold."""
    now = services.clock()
    with services.database.read() as transaction:
        found = sessions.of(transaction, asker.identity or b"")
    return [one for one in found if _holds(services, one, now)]


def end(services: Services, asker: Asker, identity: bytes) -> None:
    """End a session of whoever asks, wherever it is used. Raises NotFound."""
    found = next((one for one in own(services, asker) if one.id == identity), None)
    if found is None:
        raise NotFound("you have no such session")
    end_by(services, asker, found)


def end_by(services: Services, asker: Asker, session: StoredSession) -> None:
    """End this session."""
    with services.database.write() as transaction:
        end_all(transaction, asker, [session], services.clock())


def end_all(transaction: Transaction, asker: Asker, found: Sequence[StoredSession], now: int) -> None:
    """End these sessions."""
    for session in found:
        sessions.end(transaction, session.digest, now)
        audit.note(transaction, asker, "session.end", ids.written(session.id), now)


def digest_of(word: str) -> bytes:
    """As a row has it: what is compared is a digest, so that how long that takes tells nothing of the word."""
    return hashlib.sha256(word.encode()).digest()


def form_token(word: str) -> str:
    """What a form of this session bears, so that no other page can have written it."""
    return hashlib.sha256(f"certmark form {word}".encode()).hexdigest()


def _holds(services: Services, session: StoredSession, now: int) -> bool:
    settings = services.settings
    is_idle = now - session.touched > _microseconds(settings.session_idle)
    is_old = now - session.created > _microseconds(settings.session_longest)
    return session.ended is None and not is_idle and not is_old


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)
