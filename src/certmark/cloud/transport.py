"""How a connection's HTTP calls travel, whoever makes them.

1. Every call is counted.
2. Every call ends: the time-out that its maker gave holds for the answer with all repeats, from the
   look-up of the host's name to the body's last byte; there is one where none was given. Reading
   takes no longer than `timeouts` has it. A body is read no further than `LARGEST`.
3. Reading calls (and asking for a token, which changes nothing) are made again where the server was
   busy (429, 502, 503, 504) or the connection broke, a few times, after a pause: the server's own
   (Retry-After) where that still fits into the time-out. After a 500 they are made once more: it may
   be a passing fault (a deadlock of a database), and asking on tells no more.
4. A redirect leads to the same server, or to the same one by TLS, else it is refused: what the
   request carries (a password, a token) was meant for this server.
5. A token goes to the servers that the catalogue names, and to nobody else.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import BaseAdapter

from certmark.cloud.concurrency import side_by_side
from certmark.cloud.counting import ApiCalls
from certmark.cloud.errors import TransportRefusal, keep_secret
from certmark.cloud.timeouts import answer_seconds, capped, scaled

TRIES = 4
PAUSES = (0.1, 0.3, 0.6)
"""Seconds before the second, third and fourth try."""
LARGEST = 64 << 20
"""Bytes of one answer."""
_BUSY = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_REDIRECTS = frozenset({301, 302, 303, 305, 307, 308})
"""Those that keystoneauth follows, with all headers."""
_HOPELESS = ("NameResolution", "Name or service not known", "getaddrinfo", "No address associated")
_CHUNK = 1 << 16
_LEAST = 0.05
"""Seconds for a try, however late it is: a socket takes no less than none."""
_GRACE = 0.05
"""Seconds by which the socket's own time-out comes first: it says more."""
_PORTS = {"http": 80, "https": 443}


class Misdirected(TransportRefusal, requests.exceptions.RequestException):
    """An answer or a link leads where the request must not go; the message is a sentence."""


class Oversized(TransportRefusal, requests.exceptions.RequestException):
    """An answer is larger than anything sensible; the message is a sentence."""


class SeenCall(NamedTuple):
    """A call and its answer, without anything that could hold a secret: no header, no body, no query."""

    method: str
    url: str
    status: int | None
    """None: no answer came, or none that was whole."""
    request_id: str
    """As the server calls it; empty where it does not."""
    seconds: float


_WATCHERS: list[Callable[[SeenCall], None]] = []


def watch_calls(tell: Callable[[SeenCall], None]) -> None:
    """Tell of every call of this process from now on, repeats and failures included."""
    _WATCHERS.append(tell)


def _seen(request: requests.PreparedRequest, response: requests.Response | None, seconds: float) -> SeenCall:
    parts = urlsplit(request.url or "")
    where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    headers = {} if response is None else response.headers
    named = next((headers[name] for name in _REQUEST_IDS if name in headers), "")
    return SeenCall(request.method or "", where, None if response is None else response.status_code, named, seconds)


_REQUEST_IDS = ("x-openstack-request-id", "x-compute-request-id", "x-trans-id")


def transport_of(session: Any) -> Transport:
    """The transport of a session of keystoneauth, put in place where it has none of ours yet."""
    inner = session.session
    with _PLACING:
        found = inner.get_adapter("https://")
        if isinstance(found, Transport):
            return found
        transport = Transport(found)
        for prefix in ("https://", "http://"):
            inner.mount(prefix, transport)
    return transport


_PLACING = threading.Lock()
_THREAD = threading.local()


@contextmanager
def once() -> Iterator[None]:
    """No call of this thread is repeated inside the block: where an answer is not worth the wait."""
    _THREAD.once = True
    try:
        yield
    finally:
        _THREAD.once = False


def forget_asked() -> None:
    """Nothing has been asked by this thread yet, as far as `asked_last` tells."""
    _THREAD.asked = ""


def asked_last() -> str:
    """The address of this thread's last request since `forget_asked`; empty where there was none."""
    return str(getattr(_THREAD, "asked", ""))


class Transport(BaseAdapter):
    """Between `requests` and the network, for both schemes."""

    def __init__(self, inner: BaseAdapter) -> None:
        super().__init__()
        self.calls = ApiCalls()
        self._inner = inner
        self._trusted: frozenset[tuple[str, str, int | None]] | None = None

    def trust(self, urls: Iterable[str]) -> None:
        """Tokens go to the servers of these URLs only (and by TLS to those of them that have it)."""
        origins = {_origin(url) for url in urls}
        self._trusted = frozenset(origins)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def send(  # type: ignore[override,unused-ignore]  # the library's own signature has no types
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        **rest: Any,
    ) -> requests.Response:
        """The answer to `request`. Raises what requests raises, Misdirected and Oversized."""
        _THREAD.asked = (request.url or "").partition("?")[0]
        self._check_token(request)
        keep_secret(request.headers.get("X-Auth-Token"))
        is_reading = _is_reading(request)
        ends = time.monotonic() + (capped(_seconds(timeout)) if is_reading else _seconds(timeout))
        tries = TRIES if is_reading and not _is_once() else 1
        for number in range(tries):
            is_last = number == tries - 1
            left = ends - time.monotonic()
            patience = max(left if is_last else left / 2, _LEAST)
            response: requests.Response | None = None
            try:
                response = self._send_once(request, patience, is_repeat=number > 0, stream=stream, **rest)
            except requests.exceptions.SSLError:
                raise
            except (requests.exceptions.ConnectionError, requests.exceptions.Timeout,
                    requests.exceptions.ChunkedEncodingError) as error:  # fmt: skip
                if is_last or _is_hopeless(error, number) or not _fits(scaled(PAUSES[number]), ends):
                    raise
            if response is not None and (is_last or not _is_passing(response.status_code, number)):
                return response
            pause = _pause(response, number)
            if response is not None and not _fits(pause, ends):
                return response
            time.sleep(pause)
        raise AssertionError  # the last try returns or raises

    def _send_once(
        self,
        request: requests.PreparedRequest,
        patience: float,
        *,
        is_repeat: bool,
        stream: bool,
        **rest: Any,
    ) -> requests.Response:
        begun = time.monotonic()
        status, response = None, None
        try:
            response = self._await_headers(request, patience, **rest)
            if not stream:
                _read_body(response, begun + patience)
            status = response.status_code
            keep_secret(response.headers.get("X-Subject-Token"))
        finally:
            seconds = time.monotonic() - begun
            for tell in _WATCHERS:
                tell(_seen(request, response, seconds))
            self.calls.add(
                request.method or "", request.url or "", status, seconds, is_repeat=is_repeat, is_guess=_is_once()
            )
        _check_redirect(request, response)
        return response

    def _await_headers(self, request: requests.PreparedRequest, patience: float, **rest: Any) -> requests.Response:
        """The answer without its body: a socket's time-out would begin anew with every byte of a header."""

        def ask() -> requests.Response:
            return self._inner.send(request, stream=True, timeout=patience, **rest)

        answer = side_by_side({"answer": ask}, patience + _GRACE)["answer"]
        if isinstance(answer, TimeoutError):
            raise requests.exceptions.ReadTimeout("timed out while the headers were read") from answer
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _check_token(self, request: requests.PreparedRequest) -> None:
        if self._trusted is None or "X-Auth-Token" not in request.headers:
            return
        origin = _origin(request.url or "")
        if origin not in self._trusted and not _is_upgrade_of(origin, self._trusted):
            raise Misdirected(f"no token is sent to {_text_of(origin)}: the catalogue does not name that server")


def _is_once() -> bool:
    return bool(getattr(_THREAD, "once", False))


def _is_passing(status: int, number: int) -> bool:
    return status in _BUSY or (status == HTTPStatus.INTERNAL_SERVER_ERROR and number == 0)


def _is_hopeless(error: Exception, number: int) -> bool:
    """Whether it would end so again: no such host; or nothing listens, which one repeat has shown."""
    text = str(error)
    return any(word in text for word in _HOPELESS) or (number > 0 and "refused" in text)


def _read_body(response: requests.Response, ends: float) -> None:
    """Take the whole body in, in bounds; requests then finds it read."""
    found = bytearray()
    for chunk in _chunks(response):
        found += chunk
        if len(found) > LARGEST:
            response.close()
            raise Oversized(f"an answer is larger than {LARGEST >> 20} MiB and was given up")
        if time.monotonic() > ends:
            response.close()
            raise requests.exceptions.ReadTimeout("timed out while the body was read")
    response._content = bytes(found)  # noqa: SLF001 - requests has no public way to bound a body


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """What has come so far, each time: `iter_content` waits for whole chunks, and bytes may come one by one."""
    import urllib3.exceptions as theirs

    take = getattr(response.raw, "read1", None)
    if take is None:  # urllib3 1
        yield from response.iter_content(_CHUNK)
        return
    try:
        while chunk := take(_CHUNK, decode_content=True):
            yield chunk
    except theirs.DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except theirs.ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    except theirs.HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from error


def _check_redirect(request: requests.PreparedRequest, response: requests.Response) -> None:
    location = response.headers.get("location")
    if location is None or response.status_code not in _REDIRECTS:
        return
    here, there = _origin(request.url or ""), _origin(urljoin(request.url or "", location))
    if there != here and not _is_upgrade_of(there, {here}):
        raise Misdirected(
            f"{_text_of(here)} redirects to {_text_of(there)}, which was not followed: it is another server"
        )


def _origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", "", None


def _is_upgrade_of(origin: tuple[str, str, int | None], known: Iterable[tuple[str, str, int | None]]) -> bool:
    """Whether it is TLS to a known host."""
    return origin[0] == "https" and any(origin[1] == host for scheme, host, _ in known if scheme == "http")


def _text_of(origin: tuple[str, str, int | None]) -> str:
    scheme, host, port = origin
    return f"{scheme}://{host}" + ("" if port == _PORTS.get(scheme) else f":{port}")


def _is_reading(request: requests.PreparedRequest) -> bool:
    if request.method in {"GET", "HEAD"}:
        return True
    return request.method == "POST" and urlsplit(request.url or "").path.endswith("/auth/tokens")


def _seconds(timeout: Any) -> float:
    if isinstance(timeout, int | float):
        return float(timeout)
    if isinstance(timeout, tuple):
        return sum(float(part) for part in timeout if isinstance(part, int | float)) or answer_seconds()
    return answer_seconds()


def _fits(pause: float, ends: float) -> bool:
    return time.monotonic() + pause < ends


def _pause(response: requests.Response | None, number: int) -> float:
    """Seconds to wait: what the server asks for, else a little longer each time."""
    asked = None if response is None else response.headers.get("Retry-After")
    usual = scaled(PAUSES[number]) * (0.75 + random.random() / 2)  # noqa: S311 - so that many do not come back at once
    if asked is None:
        return usual
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return usual
