"""A provider says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0): their sessions here end.

1. It says so in a token of its own, signed as its id tokens are, for this server, now: with the event of a sign-out,
   with a session or a person, and without a nonce, which an id token would have (2.6).
2. Each token is taken once.
3. Where it names a session, that one ends; else all sessions of the person with this provider.
"""

from __future__ import annotations

import hashlib

from certmark.server.asking import STRANGER
from certmark.server.openid.errors import NotBelieved
from certmark.server.openid.issuers import Claims
from certmark.server.services import sessions
from certmark.server.services.context import Services
from certmark.server.services.signing_in import issuer_of, provider_of
from certmark.server.store import accounts, audit, publishers
from certmark.server.store import sessions as stored
from certmark.server.store.database import Conflict, Transaction
from certmark.server.store.sessions import StoredSession

EVENT = "http://schemas.openid.net/event/backchannel-logout"
_SECOND = 1_000_000
_LONGEST = 255


def sign_out(services: Services, named: str, token: str) -> int:
    """How many sessions ended. Raises NotFound, NotBelieved or ProviderAway."""
    provider, now = provider_of(services, named), services.clock()
    issuer = issuer_of(services, provider)
    claims = issuer.claims(token, audience=provider.client_id, needed=("jti", "events"))
    _check(claims)
    digest = hashlib.sha256(f"sign-out {issuer.url} {claims['jti']}".encode()).digest()
    expires = (int(claims["exp"]) + int(services.settings.clock_skew) + 1) * _SECOND
    try:
        with services.database.write() as transaction:
            publishers.take_token(transaction, digest, expires, now)
            found = _meant(transaction, provider.id, issuer.url, claims)
            sessions.end_all(transaction, STRANGER, found, now)
            audit.note(transaction, STRANGER, "sign-out.by-provider", provider.id, now)
    except Conflict as error:
        raise NotBelieved("this token was taken before") from error
    return len(found)


def _check(claims: Claims) -> None:
    """Rule 1, of a token that is believed."""
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise NotBelieved("the token does not say that somebody signed out")
    if "nonce" in claims:
        raise NotBelieved("the token is one to sign in with")
    words = [claims[name] for name in ("sid", "sub") if name in claims]
    if not words or not all(isinstance(word, str) and 0 < len(word) <= _LONGEST for word in [*words, claims["jti"]]):
        raise NotBelieved("the token does not say who signed out")


def _meant(transaction: Transaction, provider: str, issuer: str, claims: Claims) -> list[StoredSession]:
    """Rule 3."""
    account = accounts.account(transaction, issuer, claims["sub"]) if "sub" in claims else None
    if "sid" in claims:
        found = stored.called(transaction, provider, claims["sid"])
        return [one for one in found if "sub" not in claims or (account and one.identity == account.identity)]
    of_person = [] if account is None else stored.of(transaction, account.identity)
    return [one for one in of_person if one.provider == provider]
