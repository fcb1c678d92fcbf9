"""A server at which people sign in, in this process, with a clock that a test sets."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.front import Front
from certmark.server.observing.metrics import Metrics
from certmark.server.opening import add_identity, create, identifying, services_of
from certmark.server.services import sessions
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import identities
from certmark.server.web.cookies import SESSION
from certmark.server.web.table import pages_of
from support.loopback import free_port
from support.openid_providers import Browser, query_of
from support.server import answering


class Clock:
    """The moment, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        """Microseconds since 1970."""
        return time.time_ns() // 1000 + self.ahead * 1_000_000


class Site:
    """The server."""

    def __init__(self, url: str, services: Services, clock: Clock) -> None:
        self.url, self.services, self.clock = url, services, clock

    def audit(self) -> list[str]:
        """What stands in the audit, oldest first."""
        with self.services.database.read() as transaction:
            rows = transaction.connection.execute("select action, subject from audit order by number").fetchall()
        return [f"{row[0]} {row[1]}" for row in rows]

    def signed_in(self, name: str) -> Browser:
        """Somebody who signed in without a provider."""
        with self.services.database.write() as transaction:
            identity = identities.named(transaction, name)
        found = Asker(identity or add_identity(self.services, name), name, EVERYTHING)
        with self.services.database.write() as transaction:
            word = sessions.begin(self.services, transaction, found, ("none", "", "a browser"))
        browser = Browser()
        browser.keep(self.url, {SESSION: word})
        return browser

    def ask(self, browser: Browser, method: str, path: str, **more: Any) -> requests.Response:
        """As a page of ours asks the API."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        return browser.ask(method, f"{self.url}/api/v2{path}", headers=headers, **more)

    def by_token(self, token: str, path: str = "/account", method: str = "GET", **more: Any) -> requests.Response:
        """As a program asks the API."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, f"{self.url}/api/v2{path}", headers=headers, timeout=60, **more)

    def here(self, browser: Browser) -> str:
        """The page that says who is signed in."""
        return browser.get(f"{self.url}/sign-in").text


@contextmanager
def site(
    folder: Path, settings: Mapping[str, str], port: int | None = None, database_url: str | None = None
) -> Iterator[Site]:
    """For as long as the context lasts; `settings` are those of providers as the environment has them."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    given = {"data": str(folder), "public_url": url, "fetch_private": "yes", "database_url": database_url, **settings}
    found = read_settings(None, {}, **given)
    create(found)
    clock = Clock()
    with services_of(found) as opened:
        services = dataclasses.replace(opened, clock=clock)
        identify = identifying(services)
        front = Front(application(services, identify, pages_of(services, identify)), found, Metrics(), dict)
        with answering(front, port):
            yield Site(url, services, clock)


def provider(name: str, issuer: str) -> dict[str, str]:
    """The settings of one; the client is that of `openid/provider.mjs`."""
    given = {"issuer": issuer, "client_id": "certmark", "client_secret": "secret-of-the-client"}
    return {f"providers_{name}_{key}": value for key, value in given.items()}


def asked(browser: Browser, site: Site, named: str, destination: str = "") -> dict[str, str]:
    """What the provider is asked for when a browser begins to sign in."""
    answer = browser.get(f"{site.url}/sign-in/{named}", params={"next": destination} if destination else None)
    assert answer.status_code == 303, answer.text
    return query_of(answer.headers["Location"])
