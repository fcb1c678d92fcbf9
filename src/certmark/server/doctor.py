"""What would fail when this server is started, or is failing already: each part tried as the server uses it."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from certmark.server.fetching import reaching
from certmark.server.opening import create, services_of
from certmark.server.reading.messages import ReadRequest, Unreadable
from certmark.server.services import countersigning, jobs, notices, offices, programmes, sources
from certmark.server.services.context import Services
from certmark.server.settings import ListenAddress, Settings

_ROOM = 1 << 30
_RESULTS = b'<testsuite><testcase classname="doctor" name="reads"/></testsuite>'


class Examined(NamedTuple):
    """A part of a server, and what is wrong with it."""

    part: str
    problem: str | None


def examine(settings: Settings, config: Path | None = None) -> Iterator[Examined]:
    """Every part, in the order in which a start needs them. What is not there yet is made, as by a start."""
    for part, check in _of_settings(settings, config):
        yield Examined(part, _problem(check))
    opening = _problem(lambda: create(settings))
    yield Examined("database", opening)
    if opening is not None:
        return
    try:
        with services_of(settings) as services:
            for name, look in _OF_SERVICES:
                yield Examined(name, _problem(lambda look=look: look(services)))  # type: ignore[misc]  # a default
            if settings.log_origin is not None and settings.log_key is not None:
                yield Examined("log", _problem(lambda: countersigning.check(services)))
    except Exception as error:  # noqa: BLE001 - whatever a part raises is what would fail
        yield Examined("start", str(error))


def _problem(check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - likewise
        return str(error) or type(error).__name__


def _of_settings(settings: Settings, config: Path | None) -> Iterator[tuple[str, Callable[[], str | None]]]:
    yield "settings", lambda: _closed(config)
    yield "address", lambda: _free(settings.listen)
    if settings.metrics_listen is not None:
        yield "metrics", lambda: _free(settings.metrics_listen)
    yield "public address", lambda: _public(settings)
    yield "folder", lambda: _folder(settings.data)
    if settings.permissions is not None:
        yield "permissions", lambda: "; ".join(offices.needless(offices.rules_of(settings))) or None
    if settings.programmes is not None:
        yield "programmes", lambda: _programmes(settings)
    if settings.ca_file is not None:
        yield "certificates", lambda: _certificates(settings)
    if settings.log_origin is not None:
        yield "key of the log", lambda: _log_key(settings)
    if settings.mail_server is not None:
        yield "mail", lambda: _mail(settings)


def _closed(config: Path | None) -> str | None:
    if config is not None and config.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return f"{config} can be read by others, and secrets may stand in it (chmod 600)"
    return None


def _free(address: ListenAddress | None) -> str | None:
    assert address is not None  # noqa: S101 - looked at before
    try:
        with socket.create_server(
            (address.host, address.port), family=socket.AF_INET6 if ":" in address.host else socket.AF_INET
        ):
            return None
    except OSError as error:
        return f"{address} cannot be listened at: {error.strerror} (or the server is running)"


def _public(settings: Settings) -> str | None:
    if not settings.listen.is_loopback and settings.public_url is None:
        return f"{settings.listen} is reached from other machines: set public_url, or listen on loopback"
    if settings.public_url is not None and settings.listen.is_loopback and not settings.trusted_proxies:
        return "a proxy is needed before a loopback address, and trusted_proxies names none: all senders look alike"
    return None


def _folder(folder: Path) -> str | None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder):
        pass
    if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"{folder} is open to others (chmod 700)"
    free = shutil.disk_usage(folder).free
    return None if free >= _ROOM else f"{free >> 20} MiB are free in {folder}"


def _log_key(settings: Settings) -> str | None:
    if settings.log_key is None:
        return "log_origin is set, and log_key is not: nothing is countersigned"
    countersigning.note_signer_of(settings)
    return None


def _programmes(settings: Settings) -> None:
    programmes.programmes_of(settings)


def _certificates(settings: Settings) -> str | None:
    reaching(settings).context()
    return None


def _mail(settings: Settings) -> str | None:
    with notices.connected(settings) as server:
        server.noop()
    return None


def _evidence(services: Services) -> str | None:
    content = os.urandom(64)
    digest = hashlib.sha256(content).digest()
    services.evidence.keep(io.BytesIO(content), digest)
    found = b"".join(services.evidence.read(digest))
    services.evidence.remove(digest)
    return None if found == content else "the store gives other bytes than were kept"


def _readers(services: Services) -> str | None:
    with tempfile.NamedTemporaryFile(dir=services.scratch) as file:
        file.write(_RESULTS)
        file.flush()
        answer = services.readers.read(
            ReadRequest(
                path=file.name, name="doctor.xml", guideline=None, guideline_name="", program=None, as_of="2026-01-01"
            )
        )
    return answer.problem if isinstance(answer, Unreadable) else None


def _sources(services: Services) -> str | None:
    broken = [one for one in sources.every(services) if one.problem is not None]
    return "; ".join(f"{one.place}: {one.problem}" for one in broken) or None


def _jobs(services: Services) -> str | None:
    given_up = [f"{job.kind} {job.subject} was given up: {job.problem}" for job in jobs.given_up(services)]
    return "; ".join(given_up) or None


def _outbox(services: Services) -> str | None:
    refused = notices.refused(services)
    return "; ".join(f"{one.recipient} refused {one.subject!r}: {one.problem}" for one in refused) or None


_OF_SERVICES: tuple[tuple[str, Callable[[Services], str | None]], ...] = (
    ("evidence", _evidence),
    ("reading", _readers),
    ("guidelines", _sources),
    ("jobs", _jobs),
    ("outbox", _outbox),
)
