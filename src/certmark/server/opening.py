"""A server, opened by its settings: folder, database, evidence, readers; and who is asking."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from sqlalchemy import bindparam, insert, select
from starlette.requests import Request

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.server import ids
from certmark.server.api.application import Identify
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.reading.pool import ReaderPool
from certmark.server.services import guidelines
from certmark.server.services.context import Services
from certmark.server.services.errors import NotAllowed, NotKnown
from certmark.server.settings import Settings
from certmark.server.store.database import open_database
from certmark.server.store.dictionary import Dictionary
from certmark.server.store.evidence import open_evidence
from certmark.server.store.migrating import prepare
from certmark.server.store.packing import Packer
from certmark.server.store.schema import identities, tokens
from certmark.server.store.statements import Statement

LOCAL = hashlib.sha256(b"certmark: the one person of a local server").digest()[:16]
_ADD_IDENTITY = Statement("identities.add", insert(identities))
_IDENTITY = Statement("identities.one", select(identities.c.id).where(identities.c.id == bindparam("identity")))
_TOKEN = Statement(
    "tokens.one",
    select(identities.c.id, identities.c.name, tokens.c.expires, tokens.c.revoked)
    .select_from(tokens.join(identities, identities.c.id == tokens.c.identity))
    .where(tokens.c.digest == bindparam("token")),
)


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Services, Identify]]:
    """The services of a server, and how it knows who is asking. Raises InvalidRequest or CannotProceed."""
    if not settings.listen.is_loopback and settings.public_url is None:
        raise InvalidRequest(f"{settings.listen} is reached from other machines: set public_url, or listen on loopback")
    create(settings)
    with services_of(settings) as services:
        yield services, _identify(services)


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
    cache = settings.data / "guidelines"
    cache.mkdir(exist_ok=True)
    database = open_database(database_url(settings))
    readers = ReaderPool(os.cpu_count() or 1, memory=settings.reading_memory, seconds=settings.reading_time)
    dictionary, packer = Dictionary(database), Packer(database)
    services = Services(settings, database, open_evidence(settings), dictionary, packer, readers, cache)
    try:
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
        transaction.run(_ADD_IDENTITY, id=found, name=name, created=services.clock())
    return found


def _identify(services: Services) -> Identify:
    if services.settings.is_local:
        local = _local(services)
        return lambda request: _local_asker(local, request)
    return lambda request: _by_token(services, request)


def _local(services: Services) -> Asker:
    with services.database.read() as transaction:
        is_there = transaction.one(_IDENTITY, identity=LOCAL) is not None
    if not is_there:
        add_identity(services, "local", LOCAL)
    return Asker(LOCAL, "local", EVERYTHING)


def _local_asker(local: Asker, request: Request) -> Asker:
    """A page elsewhere must not reach a local server under another name (DNS rebinding)."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if host not in {"127.0.0.1", "localhost", "::1"}:
        raise NotAllowed("a local server answers under the name of this machine only")
    return local


def _by_token(services: Services, request: Request) -> Asker:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return Asker(None, "", frozenset())
    with services.database.read() as transaction:
        row = transaction.one(_TOKEN, token=hashlib.sha256(token.strip().encode()).digest())
    if kind.lower() != "bearer" or row is None or row[3] is not None or row[2] < services.clock():
        raise NotKnown("the token is not known here, or has ended; make another one")
    return Asker(bytes(row[0]), str(row[1]), EVERYTHING)
