"""The one way in which a server fetches anything from elsewhere.

1. Only https; without TLS only from private addresses, and those only where the settings allow them.
2. A name is resolved once, every address of it is looked at, and the one that was looked at is connected to: a
   name that says something else a moment later (DNS rebinding) leads nowhere.
3. No redirect is followed, no proxy of the environment used, no user or password taken from an address.
4. Size and time have bounds, whatever the other side does.
5. Certificates are those that the system trusts, and those of `ca_file` beside them.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.server.settings import Settings
from certmark.version import __version__

_STEP = 64 << 10
_LARGEST_ANSWER = 64 << 10


class SourceAway(CannotProceed):
    """What is to be fetched does not come: another time, perhaps."""


class Target(NamedTuple):
    """Whom to connect to, once it was looked at."""

    parts: SplitResult
    host: str
    port: int
    address: str


class Reaching(NamedTuple):
    """How this server reaches others, as its settings say."""

    allow_private: bool
    seconds: float
    """That one exchange may take."""
    ca_file: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Whose certificates are believed. Raises CannotProceed."""
        found = ssl.create_default_context()
        if self.ca_file is not None:
            try:
                found.load_verify_locations(self.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise CannotProceed(f"ca_file: {self.ca_file} has no certificates that can be read") from error
        return found


def reaching(settings: Settings) -> Reaching:
    """As the settings say."""
    return Reaching(settings.fetch_private, settings.fetch_time, settings.ca_file)


class Fetched(NamedTuple):
    """What came."""

    body: bytes | None
    """None: it has not changed."""
    tag: str
    """What the other side calls this version; empty: nothing."""


def target_of(url: str, *, allow_private: bool) -> Target:
    """Rules 1 and 2. Raises InvalidRequest or SourceAway."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidRequest(f"{url[:200]} is no address: {error}") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise InvalidRequest(f"{url[:200]} cannot be fetched: an https address without user or password is")
    port = _port(parts) or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceAway(f"{parts.hostname} is not known: {error.strerror}") from error
    except UnicodeError:
        raise InvalidRequest(f"{url[:200]} names no host that there can be") from None
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


def fetch(url: str, how: Reaching, *, largest: int, tag: str = "") -> Fetched:
    """What is at `url`, if it is not the version `tag` any more. Raises InvalidRequest or SourceAway."""
    answer = _exchanged(url, how, "GET", None, {"If-None-Match": tag} if tag else {}, largest)
    if answer.status == http.client.NOT_MODIFIED and tag:
        return Fetched(None, tag)
    if answer.status != http.client.OK:
        raise SourceAway(f"{answer.host} answers {answer.status} to {urlsplit(url).path[:200] or '/'}")
    return Fetched(answer.body, answer.tag)


def post(url: str, how: Reaching, body: bytes, headers: Mapping[str, str]) -> int:
    """Send JSON there; the status of the answer, of which nothing else is read. Raises as `fetch`."""
    sent = {"Content-Type": "application/json", **headers}
    return _exchanged(url, how, "POST", body, sent, _LARGEST_ANSWER).status


class Answered(NamedTuple):
    """What another side answers."""

    host: str
    status: int
    body: bytes
    """Of an answer other than 200: empty, unless it was asked for."""
    tag: str
    media: str


def ask(url: str, how: Reaching, method: str, body: bytes, headers: Mapping[str, str], *, largest: int) -> Answered:
    """What is answered, a refusal with its body, too. Raises as `fetch`."""
    return _exchanged(url, how, method, body or None, headers, largest, reads_refusals=True)


def _exchanged(
    url: str,
    how: Reaching,
    method: str,
    body: bytes | None,
    headers: Mapping[str, str],
    largest: int,
    *,
    reads_refusals: bool = False,
) -> Answered:
    """Rules 2 to 4."""
    target = target_of(url, allow_private=how.allow_private)
    connection = _Pinned(target, how)
    # A time-out of the socket starts again with every byte; the end of all of it does not.
    watch = threading.Timer(how.seconds, connection.break_off)
    watch.daemon = True
    watch.start()
    try:
        path = f"{target.parts.path or '/'}{f'?{target.parts.query}' if target.parts.query else ''}"
        ours = {"User-Agent": f"certmark-server/{__version__}", "Accept-Encoding": "identity"}
        connection.request(method, path, body, {**headers, **ours})
        with connection.getresponse() as answer:
            is_read = answer.status == http.client.OK or reads_refusals
            content = _whole(answer, target.host, largest) if is_read else b""
            if connection.is_broken_off:  # what has no length looks whole wherever it ends
                raise TimeoutError
            tag, media = answer.getheader("ETag", ""), answer.getheader("Content-Type", "")
            return Answered(target.host, answer.status, content, tag, media)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        if connection.is_broken_off:
            raise SourceAway(f"{target.host} is too slow") from None
        raise SourceAway(f"{target.host} does not answer: {str(error) or type(error).__name__}") from error
    finally:
        watch.cancel()
        connection.close()


def _whole(answer: http.client.HTTPResponse, host: str, largest: int) -> bytes:
    body = bytearray()
    while piece := answer.read1(_STEP):
        body += piece
        if len(body) > largest:
            raise SourceAway(f"what {host} sends is larger than {largest:,} bytes")
    if answer.length:
        raise SourceAway(f"{host} broke off in the middle")
    return bytes(body)


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was looked at, under the name that was asked for."""

    def __init__(self, target: Target, how: Reaching) -> None:
        super().__init__(target.host, target.port, timeout=how.seconds)
        self._target, self._how = target, how
        self.is_broken_off = False

    def connect(self) -> None:
        """As `http.client` does, to the pinned address."""
        self.sock = socket.create_connection((self._target.address, self.port), self.timeout)
        if self._target.parts.scheme == "https":
            self.sock = self._how.context().wrap_socket(self.sock, server_hostname=self._target.host)

    def break_off(self) -> None:
        """From another thread: whoever waits for this connection waits no longer."""
        self.is_broken_off = True
        connected = self.sock
        if connected is not None:
            with suppress(OSError):
                socket.socket.shutdown(connected, socket.SHUT_RDWR)
