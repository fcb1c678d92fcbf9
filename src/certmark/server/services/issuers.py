"""The issuers that the operator names, each with what was last heard of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from certmark.server.fetching import Answered, Reaching, ask, fetch, reaching
from certmark.server.openid.issuers import Issuer
from certmark.server.services.limits import Seldom
from certmark.server.settings import Settings

_LARGEST = 1 << 20
_LONGEST = 10.0
"""Seconds that somebody waits who wants to sign in."""


class Issuers:
    """Of one server; used by any number of threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[str, Issuer] = {}
        self._seldom = Seldom()

    def of(self, url: str, settings: Settings, clock: Callable[[], int]) -> Issuer:
        """The issuer of this address."""
        with self._guard:
            if url not in self._known:
                self._known[url] = Issuer(url, lambda address: _fetched(settings, address), clock, settings.clock_skew)
            return self._known[url]

    def is_news(self, provider: str) -> bool:
        """Whether it is worth an entry that nobody can sign in with one: once an hour at most."""
        return self._seldom.is_due(provider.encode())

    def forget(self) -> None:
        """What was heard of them; they are asked again."""
        with self._guard:
            self._known.clear()
            self._seldom = Seldom()


def sender_of(settings: Settings) -> Callable[[str, str, bytes, Mapping[str, str]], Answered]:
    """How a server asks a provider: as it fetches anything."""

    def sent(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        return ask(url, _how(settings), method, body, headers, largest=_LARGEST)

    return sent


def _fetched(settings: Settings, address: str) -> bytes:
    return fetch(address, _how(settings), largest=_LARGEST).body or b""


def _how(settings: Settings) -> Reaching:
    return reaching(settings)._replace(seconds=min(settings.fetch_time, _LONGEST))
