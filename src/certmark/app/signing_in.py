"""Signing in at a server: a token is got or given, tried, and kept for that server."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from certmark.app.remote import ServerRequest
from certmark.client import credentials
from certmark.client.connection import READ, ServerConnection, member
from certmark.client.letting_in import Invitation, let_in
from certmark.domain.errors import InvalidRequest

_LONGEST = 1000


class KnownAs(NamedTuple):
    """Who one is at a server."""

    name: str
    place: str
    """Where the token is kept."""


def login(request: ServerRequest, token: str | None, show: Callable[[Invitation], None]) -> KnownAs:
    """Keep a token for a server: `token`, or one that somebody lets this program have.

    Raises InvalidRequest or CannotProceed.
    """
    if token is not None and (not 0 < len(token) < _LONGEST or not token.isascii() or not token.isprintable()):
        raise InvalidRequest("that is no token; it is a word that begins with cmk_")
    _connection(replace(request, token=token or "later"))  # refuses where it would go in clear
    found = token or let_in(_connection(replace(request, token=None)), platform.node()[:100], show)
    connection = _connection(replace(request, token=found))
    account = connection.json(lambda: connection.send("GET", "/account"))
    return KnownAs(member(account, "name", str), credentials.keep(request.url, found))


def logout(request: ServerRequest) -> bool:
    """Keep no token for a server any more; whether there was one. Raises InvalidRequest or CannotProceed."""
    return credentials.forget(request.url)


def kept_token(url: str) -> str | None:
    """The token that is kept for a server. Raises InvalidRequest or CannotProceed."""
    return credentials.kept(url)


def _connection(request: ServerRequest) -> ServerConnection:
    return ServerConnection(
        request.url,
        token=request.token,
        ca_file=request.ca_file,
        certificate=request.certificate,
        patience=request.patience or READ,
    )
