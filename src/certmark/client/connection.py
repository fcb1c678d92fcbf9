"""HTTP with a server of ours: sent again where nobody answered, never elsewhere, and refusals in its own words.

Proxies and certificates are taken from the environment as `requests` takes them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest

if TYPE_CHECKING:
    import requests

Kind = TypeVar("Kind")
ATTEMPTS = 5
PAUSES = (0.5, 1.0, 2.0, 4.0)
_CONNECT, READ = 10.0, 300.0
"""Seconds."""
_LARGEST_ANSWER, _LONGEST_ANSWER = 64 << 20, 900.0
"""Bytes, and seconds until the last of them is there."""
_LONGEST_DETAIL, _STEP = 2000, 1 << 16
_LONGEST_PAUSE = 60.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
API = "/api/v2"
"""Where our own API begins."""


class ServerRefused(InvalidRequest):
    """The server does not do that; the message is the server's own."""


class ServerHasNone(ServerRefused):
    """There is none on the server, or none that may be seen; the message is the server's own."""


class ServerRefusedInput(InvalidInput):
    """The server does not take what was sent; the message is the server's own."""


class ServerAway(CannotProceed):
    """The server does not answer, or not as a server of ours does."""


class ServerConnection:
    """How a server is reached."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        ca_file: str | None = None,
        certificate: str | None = None,
        patience: float = READ,
        api: str = API,
        is_checked: bool = True,
    ) -> None:
        """`api` is where it begins below `url`; without `is_checked` nobody looks at the server's certificate.

        Raises InvalidRequest for an address that is none, or where the token would go over the wire in clear.
        """
        parts = _parts(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InvalidRequest(f"{url!r} is no address of a server; one looks like https://certmark.example.org")
        if token is not None and re.fullmatch(r"[!-~]+", token) is None:
            raise InvalidRequest("the token has signs that no token has; look whether it was copied whole")
        self.is_in_clear = parts.scheme == "http" and parts.hostname not in _LOOPBACK
        """Whether everybody on the way can read, and change, what is said."""
        if token is not None and self.is_in_clear:
            raise InvalidRequest(f"{url} is not https, and a token would be sent for everybody to read")
        import requests  # the door: few verbs speak HTTP

        self._url = url.rstrip("/")
        self.root = f"{self._url}{api}"
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        # As `auth`: a header of a session would yield to what a .netrc has for the host.
        self._session.auth = partial(_signed, token)
        self._how: dict[str, Any] = {
            "timeout": (min(_CONNECT, patience), patience),
            "allow_redirects": False,
            "stream": True,
        }
        if ca_file is not None:  # said of each request: of a session it would yield to the environment
            self._how["verify"] = ca_file
        if not is_checked:
            self._how["verify"] = False
            _hush_warnings()
        self._session.cert = certificate
        # By TLS 1.3 a server that asks for one just closes the connection.
        self._hint = "; it may ask for a client certificate" if parts.scheme == "https" and not certificate else ""

    def send(self, method: str, path: str, *, stream: bool = False, **more: Any) -> requests.Response:
        """One request, and all of the answer but of a `stream`. Raises requests.RequestException or ServerAway."""
        answer = self._session.request(method, f"{self.root}{path}", **self._how | more)
        return answer if stream else bounded(answer)

    def post_form(self, path: str, form: Mapping[str, str]) -> requests.Response:
        """A form, as OAuth sends it, to a path beside the API. Raises requests.RequestException."""
        return self._session.post(f"{self._url}{path}", data=form, **self._how)

    def json(self, send: Callable[[], requests.Response], attempts: int = ATTEMPTS) -> Any:
        """What is answered, parsed. Raises as `ask`."""
        answer = self.ask(send, attempts)
        try:
            return json.loads(answer.content)
        except (ValueError, RecursionError) as error:
            raise ServerAway("what answers there is no server of Certmark: it does not speak JSON") from error

    def ask(self, send: Callable[[], requests.Response], attempts: int = ATTEMPTS) -> requests.Response:
        """Send, and send again where nobody answered. Raises ServerRefused, ServerRefusedInput or ServerAway."""
        import requests

        for attempt in range(attempts):
            try:
                answer = send()
            except requests.exceptions.SSLError as error:
                raise ServerAway(f"the server's certificate is not one that is trusted here: {short(error)}") from error
            except (requests.RequestException, UnicodeError) as error:
                if attempt == attempts - 1:
                    raise ServerAway(f"the server does not answer: {short(error)}{self._hint}") from error
            else:
                if answer.status_code not in {429, 502, 503, 504} or attempt == attempts - 1:
                    return accepted(answer)
                pause = number(answer.headers.get("Retry-After", ""))
                if pause is not None:
                    time.sleep(min(float(pause), _LONGEST_PAUSE))
                    continue
            time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
        raise AssertionError  # the last attempt returned or raised


def member(document: Any, name: str, kind: type[Kind]) -> Kind:
    """A part of what a server said. Raises ServerAway where it says something else than ours do."""
    found = document.get(name) if isinstance(document, dict) else None
    if not isinstance(found, kind):
        raise ServerAway("what answers there is no server of Certmark: it says something else than one does")
    return found


def number(text: str) -> int | None:
    """A number in a header; None: it is none."""
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else None


def bounded(answer: requests.Response) -> requests.Response:
    """The answer with all its bytes, packed or not. Raises requests.RequestException or ServerAway."""
    found, end = bytearray(), time.monotonic() + _LONGEST_ANSWER
    for piece in answer.iter_content(_STEP):
        found += piece
        if len(found) > _LARGEST_ANSWER:
            answer.close()
            raise ServerAway("the server answers more than one of ours does")
        if time.monotonic() > end:
            answer.close()
            raise ServerAway("the server takes longer to say what it says than one of ours does")
    answer._content = bytes(found)  # noqa: SLF001 - there is no other way to bound what the library reads
    return answer


def _signed(token: str | None, request: requests.PreparedRequest) -> requests.PreparedRequest:
    if token is not None:
        request.headers["Authorization"] = f"Bearer {token}"
    return request


def _parts(url: str) -> SplitResult:
    """Raises InvalidRequest."""
    try:
        parts = urlsplit(url)
        if parts.port != 0 and "@" not in parts.netloc and not re.search(r"[\x00-\x20\x7f]", url):
            return parts
    except ValueError:
        pass  # as good as none
    raise InvalidRequest(f"{url!r} is no address of a server; one looks like https://certmark.example.org")


def accepted(answer: requests.Response) -> requests.Response:
    """The answer, if it is none of refusal. Raises ServerRefused, ServerRefusedInput or ServerAway."""
    if answer.is_redirect:
        raise ServerAway("the server sends elsewhere; name the address at which it answers itself")
    if answer.ok:
        return answer
    detail = _detail(answer) or f"the server says {answer.status_code} {answer.reason}"
    if answer.status_code in {413, 415, 422}:
        raise ServerRefusedInput(detail)
    if answer.status_code >= 500 or answer.status_code == 429:
        raise ServerAway(detail)
    raise (ServerHasNone if answer.status_code == 404 else ServerRefused)(detail)


def _detail(answer: requests.Response) -> str | None:
    """Why, in the server's own words: RefStack's errors have them in the title where they have no detail."""
    try:
        said = json.loads(answer.content)
        words = said.get("detail") or said.get("title")
    except (ValueError, AttributeError, RecursionError):
        return None
    return None if words in (None, answer.reason) else str(words)[:_LONGEST_DETAIL]


def _hush_warnings() -> None:
    """The library would warn of each request whose server is not checked; whoever chose that says it."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def short(error: Exception) -> str:
    """An error of the library, without its own names: the innermost one says it."""
    inner: object = error
    while (found := _within(inner)) is not None:
        inner = found
    return re.sub(r"^HTTPS?Connection\([^)]*\): |<[^>]*>: ?|\[[A-Z0-9:_ ]*\] | \(_ssl\.c:\d+\)", "", str(inner))[:200]


def _within(error: object) -> BaseException | None:
    parts = (getattr(error, "reason", None), *getattr(error, "args", ())[::-1])
    return next((part for part in parts if isinstance(part, BaseException)), None)
