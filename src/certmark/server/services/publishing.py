"""Trusted publishing: a job of a CI gets a token for a quarter of an hour, and nobody keeps a secret.

1. Somebody says which jobs publish for them: by ids that are never given to anybody else, and by more, to be narrower.
2. A job names that publisher, so that nobody else who names its repository gets its results.
3. The CI's token must be signed by the issuer that the operator named, made for this server, hold now, and not have
   been taken before.
4. Work on a change of somebody else (a pull request, a merge request) gets none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.server import ids
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.openid.errors import NotBelieved
from certmark.server.parties import KINDS, CiSettings
from certmark.server.services import tokens
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.services.holders import holder, new_holder, note
from certmark.server.services.tokens import MAY
from certmark.server.store import audit, publishers
from certmark.server.store.database import Conflict
from certmark.server.store.publishers import StoredPublisher

LIFETIME = 900
"""Seconds."""
_SECOND = 1_000_000
_MOST = 50
_LONGEST = 255


class Jobs(NamedTuple):
    """Jobs of a CI that are to publish for somebody."""

    ci: str
    claims: Mapping[str, str]
    label: str


def add(services: Services, asker: Asker, jobs: Jobs, vendor: bytes | None = None) -> StoredPublisher:
    """Rule 1, for whoever asks or for a vendor of theirs.

    Raises InvalidRequest, NotFound, NotPermitted or WrongState.
    """
    now = services.clock()
    with services.database.write() as transaction:
        whose = new_holder(services, transaction, asker, vendor)
        kind = KINDS[_ci(services, jobs.ci).kind]
        _check(kind.immutable, kind.more, jobs.claims)
        claims = json.dumps(dict(jobs.claims), sort_keys=True)
        new = StoredPublisher(ids.new_id(now), whose.identity, jobs.ci, claims, jobs.label, now, None)
        if len(publishers.of(transaction, new.identity)) >= _MOST:
            raise NotPermitted(f"there are {_MOST} publishers; remove one of them")
        publishers.add(transaction, new)
        note(transaction, asker, whose, ("publisher.add", ids.written(new.id)), now)
    return new


def own(services: Services, asker: Asker, vendor: bytes | None = None) -> list[StoredPublisher]:
    """Publishers of whoever asks, or of a vendor of theirs. Raises NotFound, NotPermitted or WrongState."""
    with services.database.read() as transaction:
        return publishers.of(transaction, holder(transaction, asker, vendor).identity)


def remove(services: Services, asker: Asker, identity: bytes, vendor: bytes | None = None) -> None:
    """It publishes no more; tokens that it has end within a quarter of an hour.

    Raises NotFound, NotPermitted or WrongState.
    """
    with services.database.write() as transaction:
        whose, found = holder(transaction, asker, vendor), publishers.one(transaction, identity)
        if found is None or found[0].identity != whose.identity:
            raise NotFound("there is no such publisher of yours")
        publishers.remove(transaction, identity)
        note(transaction, asker, whose, ("publisher.remove", ids.written(identity)), services.clock())


def exchange(services: Services, token: str, publisher: str) -> str:
    """A token of ours for one of a CI (rules 2 to 4). Raises NotBelieved, NotFound or ProviderAway."""
    found, name = _named(services, publisher)
    ci = _ci(services, found.ci)
    audience = ci.audience or services.settings.public_url or ""
    claims = services.issuers.of(ci.issuer, services.settings, services.clock).claims(token, audience=audience)
    asker, now = Asker(found.identity, name, EVERYTHING), services.clock()
    try:
        _match(ci, json.loads(found.claims), claims)
    except NotBelieved:
        with services.database.write() as transaction:
            audit.note(transaction, asker, "publisher.refused", ids.written(found.id), now)
        raise
    digest = hashlib.sha256(f"{ci.issuer} {token.rpartition('.')[0]}".encode()).digest()
    expires = (int(claims["exp"]) + int(services.settings.clock_skew) + 1) * _SECOND
    try:
        with services.database.write() as transaction:
            publishers.exchange(transaction, found.id, digest, expires, now)
            audit.note(transaction, asker, "publisher.exchange", ids.written(found.id), now)
    except Conflict as error:
        raise NotBelieved("this token was taken before; a job asks for one each time") from error
    return tokens.make(services, asker, f"publisher {found.label}"[:200], LIFETIME * _SECOND, MAY)[0]


def _named(services: Services, publisher: str) -> tuple[StoredPublisher, str]:
    try:
        identity = ids.read(publisher)
    except ValueError as error:
        raise InvalidRequest("name the publisher by its id") from error
    with services.database.read() as transaction:
        found = publishers.one(transaction, identity)
    if found is None:
        raise NotFound("there is no such publisher")
    return found


def _ci(services: Services, named: str) -> CiSettings:
    found = next((one for one in services.settings.ci if one.id == named), None)
    if found is None:
        raise InvalidRequest("this server believes no CI of that name")
    return found


def _check(immutable: tuple[str, ...], more: tuple[str, ...], claims: Mapping[str, str]) -> None:
    missing = [name for name in immutable if name not in claims]
    if missing:
        raise InvalidRequest(f"a publisher names {missing[0]}: names can be given to others, ids cannot")
    unknown = [name for name in claims if name not in (*immutable, *more)]
    if unknown:
        raise InvalidRequest(f"a publisher may name {', '.join((*immutable, *more))}, not {unknown[0][:50]!r}")
    if not all(0 < len(value) <= _LONGEST and value.isprintable() for value in claims.values()):
        raise InvalidRequest(f"what a publisher names is a line of at most {_LONGEST} signs")


def _match(ci: CiSettings, wanted: Mapping[str, str], claims: Mapping[str, Any]) -> None:
    """Rules 1 and 4, of a token that is believed."""
    kind = KINDS[ci.kind]
    missing = [name for name in kind.required if name not in claims]
    if missing:
        raise NotBelieved(f"the token does not say {missing[0]}, by which work on changes of others is told")
    if any(str(claims.get(name)) in refused for name, refused in kind.refused.items()):
        raise NotBelieved("work on a change that anybody can propose publishes nothing")
    differs = [name for name, value in wanted.items() if name not in claims or _text(claims[name]) != value]
    if differs:
        raise NotBelieved(f"the token's {differs[0]} is not the one of this publisher")


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)
