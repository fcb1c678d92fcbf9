"""Files from the web, in bounds: over TLS, so many bytes, so many seconds, so many redirects.

What comes is believed by its signatures, never by where it came from. TLS keeps others from seeing who asks for what;
plain HTTP is for servers on this machine only. Proxies are those that the environment names.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from certmark.domain.errors import CannotProceed, InvalidRequest

if TYPE_CHECKING:
    import requests

SECONDS: Final = 30.0
"""For the whole of it, redirects included."""
MOST_REDIRECTS: Final = 5
_CHUNK = 1 << 16
_GONE = frozenset({404, 410})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class FetchFailed(CannotProceed):
    """A server does not give what it is asked for; the person must try later, or ask whoever runs it."""


def is_url(text: str) -> bool:
    """Whether it is the address of something on the web, and no file."""
    return "://" in text


def fetch(url: str, largest: int, seconds: float = SECONDS) -> bytes | None:
    """What lies at `url`; None: the server says that nothing does. Raises InvalidRequest or FetchFailed."""
    _check(url)
    from certmark.cloud.concurrency import side_by_side

    # The sockets' own time-outs begin anew with every byte, and looking a name up has none.
    answer = side_by_side({"answer": lambda: _fetched(url, largest, time.monotonic() + seconds)}, seconds)["answer"]
    if isinstance(answer, TimeoutError):
        raise FetchFailed(f"{url} did not come within {seconds:g} seconds; try again later")
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _check(url: str) -> None:
    """Raise InvalidRequest for an address that is not asked."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise InvalidRequest(f"{url} is no address on the web") from error
    if not host or parts.username is not None or parts.password is not None or not url.isprintable() or " " in url:
        raise InvalidRequest(f"{url} is no address on the web, or has a password in it")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return
    raise InvalidRequest(f"{url} is not https; plain http is for servers on this machine only")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    import ipaddress  # whoever only verifies comes by here

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _fetched(url: str, largest: int, ends: float) -> bytes | None:
    import requests

    with requests.Session() as session:
        for _ in range(MOST_REDIRECTS + 1):
            left = ends - time.monotonic()
            try:
                # As it is, never unpacked: what is small on the way may be huge.
                response = session.get(
                    url,
                    stream=True,
                    allow_redirects=False,
                    timeout=left,
                    headers={"Accept-Encoding": "identity"},
                    auth=_without_password,
                )
                with response:
                    target = response.headers.get("location")
                    if response.status_code in _REDIRECTS and target:
                        url = _redirected(url, target)
                        continue
                    return _body(url, response, largest, ends)
            except requests.exceptions.RequestException as error:
                raise FetchFailed(f"{url} cannot be had: {_reason(error)}") from error
    raise FetchFailed(f"{url} redirects more than {MOST_REDIRECTS} times")


def _without_password(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """What is published for everybody is asked for without what a file of passwords (.netrc) has for the server."""
    return request


def _redirected(url: str, target: str) -> str:
    there = urljoin(url, target)
    if urlsplit(url).scheme == "https" and urlsplit(there).scheme != "https":
        raise FetchFailed(f"{url} redirects to {there[:200]}, which is not https")
    try:
        _check(there)
    except InvalidRequest as error:
        raise FetchFailed(f"{url} redirects to where nobody is asked: {error}") from error
    return there


def _body(url: str, response: requests.Response, largest: int, ends: float) -> bytes | None:
    if response.status_code in _GONE:
        return None
    if response.status_code != 200:
        raise FetchFailed(f"{url} cannot be had: the server answers {response.status_code}; try again later")
    import urllib3.exceptions

    found = bytearray()
    take = getattr(response.raw, "read1", response.raw.read)  # urllib3 1 has no read1
    try:
        while chunk := take(_CHUNK):
            found += chunk
            if len(found) > largest:
                raise FetchFailed(f"{url} has more than {largest >> 20} MiB, too much for a file of its kind")
            if time.monotonic() > ends:
                raise FetchFailed(f"{url} did not come in time; try again later")
    except urllib3.exceptions.HTTPError as error:
        raise FetchFailed(_broken_off(url, response, found) or f"{url} cannot be had: {_reason(error)}") from error
    broken = _broken_off(url, response, found)
    if broken is not None:
        raise FetchFailed(broken)
    return bytes(found)


def _broken_off(url: str, response: requests.Response, found: bytearray) -> str | None:
    """Why it is not whole, as far as the server said how long it is."""
    length = response.headers.get("content-length", "")
    if not length.isdecimal() or len(found) == int(length):
        return None
    return f"{url} broke off after {len(found):,} of {int(length):,} bytes; try again"


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words: those of the libraries are nested."""
    seen = error
    while (inner := getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)) is not None:
        if not isinstance(inner, BaseException):
            break
        seen = inner
    if isinstance(seen, OSError) and seen.strerror:
        return seen.strerror
    return " ".join(str(seen).rpartition(": ")[2].split())[:200] or type(seen).__name__
