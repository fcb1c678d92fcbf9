"""Signing in: a browser goes to a provider and comes back, once, within ten minutes, as the same browser."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from hmac import compare_digest
from typing import NamedTuple

from certmark.domain.errors import CannotProceed, InvalidInput
from certmark.server.asking import EVERYTHING, STRANGER, Asker
from certmark.server.openid import signing_in
from certmark.server.openid.errors import NotBelieved, Unasked
from certmark.server.openid.issuers import Issuer
from certmark.server.openid.signing_in import Beginning, Person
from certmark.server.parties import ProviderSettings
from certmark.server.services import sessions
from certmark.server.services.accounts import known, name_of
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.issuers import sender_of
from certmark.server.store import accounts, audit
from certmark.server.store import sessions as stored_sessions
from certmark.server.store.accounts import StoredAccount, StoredSignIn
from certmark.server.store.database import Conflict, Transaction
from certmark.server.store.sessions import StoredSession

HOME = "/sign-in"
"""Where somebody comes who wanted to go nowhere else."""
_PATIENCE = 600_000_000
_OWN_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}\Z")


class Away(NamedTuple):
    """Where a browser goes, and the word by which it is known again."""

    url: str
    browser: str


class NewSession(NamedTuple):
    """Somebody is there."""

    asker: Asker
    word: str
    """For the cookie."""
    destination: str


def provider_of(services: Services, named: str) -> ProviderSettings:
    """Raises NotFound."""
    found = next((one for one in services.settings.providers if one.id == named), None)
    if found is None:
        raise NotFound("there is no such provider here")
    return found


def own_path(text: str | None) -> str:
    """Where somebody may be sent on: a path of this server and nothing that a browser reads otherwise."""
    return text if text is not None and _OWN_PATH.match(text) else HOME


def begin(services: Services, named: str, destination: str | None, browser: str | None) -> Away:
    """Raises NotFound, ProviderAway or NotBelieved."""
    provider = provider_of(services, named)
    begun = signing_in.begin(provider, issuer_of(services, provider), back_to(services, provider))
    word, now = browser or secrets.token_urlsafe(32), services.clock()
    with services.database.write() as transaction:
        accounts.forget(transaction, now - _PATIENCE)
        accounts.begin(
            transaction,
            StoredSignIn(
                _digest(begun.state),
                _digest(word),
                provider.id,
                begun.nonce,
                begun.verifier,
                own_path(destination),
                now,
            ),
        )
    return Away(begun.url, word)


def finish(
    services: Services, named: str, said: Mapping[str, str], browser: str | None, before: tuple[str | None, str]
) -> NewSession:
    """Who came back; `before` is the session that the browser had, which ends, and what the browser calls itself.

    Raises NotFound, ProviderAway or NotBelieved.
    """
    provider = provider_of(services, named)
    try:
        sign_in = _waiting(services, provider, said.get("state", ""), browser)
        begun = Beginning("", said["state"], sign_in.nonce, sign_in.verifier)
        back, issuer = back_to(services, provider), issuer_of(services, provider)
        person = signing_in.finish(provider, issuer, back, begun, said, sender_of(services.settings))
        return _signed_in(services, provider, person, sign_in.destination, before)
    except Unasked:
        raise
    except (InvalidInput, CannotProceed) as error:
        with services.database.write() as transaction:
            audit.note(transaction, STRANGER, "sign-in.refused", f"{provider.id}: {error}"[:300], services.clock())
        raise


def end_with_provider(services: Services, session: StoredSession) -> str | None:
    """Where a browser signs out of the provider as well; None: nowhere. Raises nothing: one is signed out here."""
    provider = next((one for one in services.settings.providers if one.id == session.provider), None)
    if provider is None:
        return None
    back = f"{services.settings.public_url}/signed-out"
    try:
        return signing_in.end_address(provider, issuer_of(services, provider), session.token, back)
    except (InvalidInput, CannotProceed):
        return None


def account_of(services: Services, asker: Asker) -> StoredAccount | None:
    """How whoever asks signs in."""
    with services.database.read() as transaction:
        return accounts.account_of(transaction, asker.identity or b"")


def issuer_of(services: Services, provider: ProviderSettings) -> Issuer:
    """Whom a provider's tokens come from."""
    return services.issuers.of(provider.issuer, services.settings, services.clock)


def back_to(services: Services, provider: ProviderSettings) -> str:
    """Where a provider sends people back: an address of its own for each, so that none answers for another."""
    return f"{services.settings.public_url}/sign-in/{provider.id}/callback"


def _waiting(services: Services, provider: ProviderSettings, state: str, browser: str | None) -> StoredSignIn:
    with services.database.write() as transaction:
        found = accounts.take(transaction, _digest(state))
    if found is None or services.clock() - found.created > _PATIENCE:
        raise Unasked("nobody waits for this answer, or not any more; sign in again")
    if browser is None or not compare_digest(found.browser, _digest(browser)):
        raise NotBelieved("this browser did not ask to sign in; sign in again")
    if found.provider != provider.id:
        raise NotBelieved("another provider was asked; sign in again")
    return found


def _signed_in(
    services: Services, provider: ProviderSettings, person: Person, destination: str, before: tuple[str | None, str]
) -> NewSession:
    old, agent = before
    try:
        with services.database.write() as transaction:
            asker = _account(services, transaction, person)
    except Conflict:  # the same person in another window, a moment ago
        with services.database.write() as transaction:
            asker = _account(services, transaction, person)
    with services.database.write() as transaction:
        if old is not None:
            stored_sessions.end(transaction, sessions.digest_of(old), services.clock())
        word = sessions.begin(services, transaction, asker, (provider.id, person.token, agent), person.sid)
    return NewSession(asker, word, destination)


def _account(services: Services, transaction: Transaction, person: Person) -> Asker:
    said = StoredAccount(b"", person.issuer, person.subject, person.name, person.email, 0, 0)
    found = known(services, transaction, said, None)
    return Asker(found.identity, name_of(found.issuer, found.subject), EVERYTHING)


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()
