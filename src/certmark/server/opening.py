"""A server, opened by its settings: folder, database, evidence, readers; and who is asking."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.permissions import OF_PROGRAMME
from certmark.server import ids
from certmark.server.api.receiving import BY_REFSTACK, Identify
from certmark.server.asking import EVERYTHING, OPERATOR, STRANGER, Asker
from certmark.server.reading.pool import ReaderPool
from certmark.server.scratch import scratch
from certmark.server.services import guidelines, offices, programmes, refstack_tokens, sessions, tokens
from certmark.server.services.context import Services
from certmark.server.services.errors import NotKnown, NotPermitted, TooOften
from certmark.server.services.limits import Buckets, Seldom
from certmark.server.settings import Settings
from certmark.server.store import audit, identities
from certmark.server.store.database import open_database
from certmark.server.store.dictionary import Dictionary
from certmark.server.store.evidence import open_evidence
from certmark.server.store.migrating import prepare
from certmark.server.store.packing import Packer
from certmark.server.web.cookies import SESSION, check_origin, read

_OWN_NAMES = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?\Z", re.IGNORECASE)
_OF_PROXIES = re.compile(r"(?:forwarded|x-forwarded-.*|x-real-ip|via)\Z")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
LOCAL = hashlib.sha256(b"certmark: the one person of a local server").digest()[:16]


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Services, Identify]]:
    """The services of a server, and how it knows who is asking. Raises InvalidRequest or CannotProceed."""
    if not settings.listen.is_loopback and settings.public_url is None:
        raise InvalidRequest(f"{settings.listen} is reached from other machines: set public_url, or listen on loopback")
    if settings.providers and settings.public_url is None:
        raise InvalidRequest("providers send people back to public_url: set it, or name no providers")
    create(settings)
    with services_of(settings) as services:
        yield services, identifying(services)


@contextmanager
def operated(settings: Settings) -> Iterator[Services]:
    """The services of a server, for its operator: a new one on SQLite is made. Raises CannotProceed."""
    create(settings)
    with services_of(settings) as services:
        yield services


def create(settings: Settings) -> None:
    """Make the folder, and the tables of an empty SQLite database. Raises CannotProceed."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotProceed(f"{settings.data} cannot be made: {error.strerror}") from error
    prepare(database_url(settings))


def database_url(settings: Settings) -> str:
    """Where the database is."""
    return settings.database_url or f"sqlite:///{(settings.data / 'certmark.sqlite').absolute()}"


@contextmanager
def services_of(settings: Settings) -> Iterator[Services]:
    """The services of a server whose tables are there. Raises CannotProceed."""
    rules, known = offices.rules_of(settings), programmes.programmes_of(settings)
    cache = settings.data / "guidelines"
    cache.mkdir(exist_ok=True)
    database = open_database(database_url(settings))
    readers = ReaderPool(
        os.cpu_count() or 1,
        memory=settings.reading_memory,
        seconds=settings.reading_time,
        unpacked=settings.largest_unpacked,
    )
    dictionary, packer = Dictionary(database), Packer(database)
    try:
        with scratch(settings.data) as place:
            evidence = open_evidence(settings)
            services = Services(
                settings, database, evidence, dictionary, packer, readers, cache, place, rules, programmes=known
            )
            dictionary.refresh()
            packer.refresh()
            guidelines.add_shipped(services)
            yield services
    finally:
        readers.close()
        database.close()


def add_identity(services: Services, name: str, identity: bytes | None = None) -> bytes:
    """The id of somebody new. Raises Conflict where the name is taken."""
    found = identity or ids.new_id(services.clock())
    with services.database.write() as transaction:
        identities.add(transaction, found, name, services.clock())
        audit.note(transaction, OPERATOR, "identity.add", ids.written(found), services.clock())
    return found


def identifying(services: Services) -> Identify:
    """How these services know who is asking."""
    if services.settings.is_local:
        local = _local(services)
        return lambda request: _local_asker(local, request)
    buckets, seldom = Buckets(services.settings.requests_per_minute, services.settings.uploads_per_minute), Seldom()
    return lambda request: _limited(services, buckets, seldom, request)


def _limited(services: Services, buckets: Buckets, seldom: Seldom, request: Request) -> Asker:
    """Strangers share the bucket of the address that they come from, also those who guess tokens or cookies.

    Raises NotKnown or TooOften; of who guesses so often the audit knows, once an hour at most.
    """
    address = request.client.host if request.client else ""
    network, is_upload = buckets.network(address), request.method not in _READING
    try:
        asker = _asker(services, request)
    except NotKnown:
        try:
            buckets.take(network, is_upload=True)
        except TooOften:
            if seldom.is_due(network):
                tokens.note_guessing(services, STRANGER, address)
            raise
        raise
    buckets.take(asker.identity or network, is_upload=is_upload)
    return asker


def _asker(services: Services, request: Request) -> Asker:
    """By a token, else by the cookie of a session, else nobody."""
    word = read(request, SESSION, services.settings)
    if "authorization" in request.headers or word is None:
        return _by_token(services, request)
    check_origin(request, services.settings)
    return sessions.asker_of(services, word)[0]


def _local(services: Services) -> Asker:
    with services.database.read() as transaction:
        is_there = identities.is_there(transaction, LOCAL)
    if not is_there:
        add_identity(services, "local", LOCAL)
        # Nobody else is there: they are the programme, too.
        offices.appoint(services, "local", OF_PROGRAMME, "this machine")
    return Asker(LOCAL, "local", EVERYTHING)


def _local_asker(local: Asker, request: Request) -> Asker:
    """A page elsewhere must not reach a local server, neither under another name (DNS rebinding) nor by a form.

    Nor is there anybody else behind a proxy: who comes through one has come from elsewhere.
    """
    host = request.headers.get("host", "")
    if _OWN_NAMES.match(host) is None:
        raise NotPermitted("a local server answers under the name of this machine only")
    if any(_OF_PROXIES.match(name) for name in request.headers):
        raise NotPermitted("a local server answers nobody behind a proxy; set public_url for that")
    is_foreign = any(origin != f"http://{host}" for origin in request.headers.getlist("origin"))
    if is_foreign or request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        raise NotPermitted("a local server answers no page of another site")
    return local


def _by_token(services: Services, request: Request) -> Asker:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if not kind:
        return STRANGER
    if kind.lower() != "bearer":
        raise NotKnown("a token is sent as Authorization: Bearer TOKEN")
    if request.scope.get(BY_REFSTACK) and refstack_tokens.is_one(token):
        return refstack_tokens.asker_of(services, token.strip())
    return tokens.asker_of(services, token.strip())
