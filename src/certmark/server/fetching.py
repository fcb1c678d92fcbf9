"""The one way in which a server fetches anything from elsewhere.

1. Only https; without TLS only from private addresses, and those only where the settings allow them.
2. A name is resolved once, every address of it is looked at, and the one that was looked at is connected to: a
   name that says something else a moment later (DNS rebinding) leads nowhere.
3. No redirect is followed, no proxy of the environment used, no user or password taken from an address.
4. Size and time have bounds, whatever the other side does.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.version import __version__

_STEP = 64 << 10
_OURS = {"User-Agent": f"certmark-server/{__version__}", "Accept-Encoding": "identity"}


class SourceAway(CannotProceed):
    """What is to be fetched does not come: another time, perhaps."""


class Target(NamedTuple):
    """Whom to connect to, once it was looked at."""

    parts: SplitResult
    host: str
    port: int
    address: str


class Fetched(NamedTuple):
    """What came."""

    body: bytes | None
    """None: it has not changed."""
    tag: str
    """What the other side calls this version; empty: nothing."""


class Answered(NamedTuple):
    """What another side answers, whatever it is."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def target_of(url: str, *, allow_private: bool) -> Target:
    """Rules 1 and 2. Raises InvalidRequest or SourceAway."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise InvalidRequest(f"{url[:200]} cannot be fetched: an https address without user or password is")
    port = _port(parts) or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceAway(f"{parts.hostname} is not known: {error.strerror}") from error
    addresses = [str(one[4][0]) for one in found]
    public = [_is_public(address) for address in addresses]
    if not all(public) and not allow_private:
        raise InvalidRequest(f"{parts.hostname} is at a private address, where this server fetches nothing")
    if parts.scheme == "http" and (any(public) or not allow_private):
        raise InvalidRequest(f"{url[:200]} is not fetched without TLS; name an https address")
    return Target(parts, parts.hostname, port, addresses[0])


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise InvalidRequest(f"{parts.netloc[:100]} has no port that there can be") from error


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or _is_public(str(mapped)))


def fetch(url: str, *, allow_private: bool, seconds: float, largest: int, tag: str = "") -> Fetched:
    """What is at `url`, if it is not the version `tag` any more. Raises InvalidRequest or SourceAway."""
    target = target_of(url, allow_private=allow_private)
    end = time.monotonic() + seconds
    connection = _Pinned(target, seconds)
    try:
        return _answered(connection, target, end, largest, tag)
    except (OSError, http.client.HTTPException) as error:
        raise SourceAway(f"{target.host} does not answer: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()


def _answered(connection: http.client.HTTPConnection, target: Target, end: float, largest: int, tag: str) -> Fetched:
    path = f"{target.parts.path or '/'}{f'?{target.parts.query}' if target.parts.query else ''}"
    connection.request("GET", path, headers=_OURS | ({"If-None-Match": tag} if tag else {}))
    with connection.getresponse() as answer:
        if answer.status == http.client.NOT_MODIFIED and tag:
            return Fetched(None, tag)
        if answer.status != http.client.OK:
            raise SourceAway(f"{target.host} answers {answer.status} to {path[:200]}")
        return Fetched(_body(answer, target, end, largest), answer.getheader("ETag", ""))


def send(
    url: str,
    *,
    method: str,
    body: bytes,
    headers: Mapping[str, str],
    allow_private: bool,
    seconds: float,
    largest: int,
) -> Answered:
    """What is answered to a request of any kind. Raises InvalidRequest or SourceAway."""
    target = target_of(url, allow_private=allow_private)
    end = time.monotonic() + seconds
    connection = _Pinned(target, seconds)
    path = f"{target.parts.path or '/'}{f'?{target.parts.query}' if target.parts.query else ''}"
    try:
        connection.request(method, path, body or None, {**headers, **_OURS})
        with connection.getresponse() as answer:
            return Answered(answer.status, tuple(answer.getheaders()), _body(answer, target, end, largest))
    except (OSError, http.client.HTTPException) as error:
        raise SourceAway(f"{target.host} does not answer: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()


def _body(answer: http.client.HTTPResponse, target: Target, end: float, largest: int) -> bytes:
    body = bytearray()
    while piece := answer.read1(_STEP):
        body += piece
        if len(body) > largest:
            raise SourceAway(f"what {target.host} sends is larger than {largest:,} bytes")
        if time.monotonic() > end:
            raise SourceAway(f"{target.host} is too slow")
    if answer.length:
        raise SourceAway(f"{target.host} broke off in the middle")
    return bytes(body)


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was looked at, under the name that was asked for."""

    def __init__(self, target: Target, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self._target = target

    def connect(self) -> None:
        """As `http.client` does, to the pinned address."""
        self.sock = socket.create_connection((self._target.address, self.port), self.timeout)
        if self._target.parts.scheme == "https":
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)
