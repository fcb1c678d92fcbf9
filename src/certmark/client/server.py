"""One server, as its API version 2 shows it (docs/reference/api.md).

A request that could not be answered is sent again, with the same key, so that nothing is kept twice. Proxies
and certificates are taken from the environment as `requests` takes them.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest

if TYPE_CHECKING:
    import requests

_ATTEMPTS = 5
_PAUSES = (0.5, 1.0, 2.0, 4.0)
_CONNECT, _READ = 10.0, 300.0
_LARGEST_ANSWER = 64 << 20
_STEP = 1 << 18
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

Progress = Callable[[int, int | None], None]
"""Is told how many bytes were sent or received, and of how many."""


class ServerRefused(InvalidRequest):
    """The server does not do that; the message is the server's own."""


class ServerRefusedInput(InvalidInput):
    """The server does not take what was sent; the message is the server's own."""


class ServerAway(CannotProceed):
    """The server does not answer, or not as a server of ours does."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What is said of what is sent."""

    name: str
    guideline: str | None = None
    program: str | None = None
    subject: str | None = None
    vendor: str | None = None
    product: str | None = None
    version: str | None = None
    region: str | None = None
    is_public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


class Leaving(NamedTuple):
    """What would leave this machine."""

    file: Path
    size: int
    about: Submission


class RemoteVerdict(NamedTuple):
    """A verdict, in short."""

    standing: str
    sentence: str
    guideline: str
    program: str
    is_partial: bool


class RemoteRun(NamedTuple):
    """A run on a server."""

    id: str
    created: str
    name: str
    product: str | None
    subject: str | None
    verdict: RemoteVerdict | None
    document: Mapping[str, Any]
    """All that the server says of it."""


class RemoteServer:
    """A server of ours at a URL."""

    def __init__(
        self, url: str, *, token: str | None = None, ca_file: str | None = None, certificate: str | None = None
    ) -> None:
        """Raises InvalidRequest for an address that is none, or where the token would go over the wire in clear."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise InvalidRequest(f"{url!r} is no address of a server; one looks like https://certmark.example.org")
        if token is not None and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise InvalidRequest(f"{url} is not https, and a token would be sent for everybody to read")
        import requests  # the door: few verbs speak HTTP

        self._root = f"{url.rstrip('/')}/api/v2"
        self._session = requests.Session()
        self._session.verify = ca_file or True
        self._session.cert = certificate
        self._session.headers["Accept"] = "application/json"
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def submit(self, file: Path, about: Submission, progress: Progress | None = None) -> RemoteRun:
        """Send a file; its run, judged. Raises ServerRefused, ServerRefusedInput, ServerAway or OSError."""
        words = {
            "name": about.name,
            "guideline": about.guideline,
            "program": about.program,
            "subject": about.subject,
            "vendor": about.vendor,
            "product": about.product,
            "version": about.version,
            "region": about.region,
            "public": "true" if about.is_public else None,
            "tag": [f"{key}={value}" for key, value in about.tags.items()],
        }
        key = secrets.token_hex(16)
        size = file.stat().st_size

        def send() -> requests.Response:
            with file.open("rb") as stream:
                return self._session.post(
                    f"{self._root}/runs",
                    params={name: value for name, value in words.items() if value},
                    data=_Told(stream, size, progress),
                    headers={"Idempotency-Key": key, "Content-Type": "application/octet-stream"},
                    timeout=(_CONNECT, _READ),
                )

        return _run(self._json(send))

    def run(self, identity: str) -> RemoteRun:
        """A run that may be seen. Raises ServerRefused or ServerAway."""
        return _run(self._json(lambda: self._get(f"/runs/{_word(identity)}")))

    def runs(self, most: int) -> Iterator[RemoteRun]:
        """Own runs, the newest first. Raises ServerRefused or ServerAway."""
        before = None
        while most > 0:
            asked = {"limit": str(min(most, 200))} | ({} if before is None else {"before": before})
            page = self._json(partial(self._get, "/runs", asked))
            for run in page["runs"]:
                yield _run(run)
            most, before = most - len(page["runs"]), page["next"]
            if before is None:
                return

    def results(self, identity: str) -> list[Mapping[str, Any]]:
        """Every test of a run: name, uuid, outcome. Raises ServerRefused or ServerAway."""
        return list(self._json(lambda: self._get(f"/runs/{_word(identity)}/results"))["results"])

    def verdict(self, identity: str, form: str, **terms: str | None) -> tuple[bytes, str | None]:
        """The verdict of a run in a form of `judge`, under the terms named, and its standing. Raises as `run`."""
        asked = {"form": form} | {name: value for name, value in terms.items() if value is not None}
        answer = self._ask(lambda: self._get(f"/runs/{_word(identity)}/verdict", asked))
        return answer.content, answer.headers.get("Certmark-Standing")

    def evidence(self, identity: str, progress: Progress | None = None) -> Iterator[bytes]:
        """The bytes of a run as they were received, in pieces. Raises as `run`."""
        answer = self._ask(lambda: self._get(f"/runs/{_word(identity)}/evidence", stream=True))
        told = answer.headers.get("Content-Length", "")
        size, got = int(told) if told.isdigit() else None, 0
        for piece in answer.iter_content(_STEP):
            got += len(piece)
            if progress is not None:
                progress(got, size)
            yield piece

    def delete(self, identity: str) -> None:
        """Have a run forgotten. Raises as `run`."""
        self._ask(lambda: self._session.delete(f"{self._root}/runs/{_word(identity)}", timeout=(_CONNECT, _READ)))

    def _get(self, path: str, asked: Mapping[str, str] | None = None, *, stream: bool = False) -> requests.Response:
        return self._session.get(f"{self._root}{path}", params=asked, timeout=(_CONNECT, _READ), stream=stream)

    def _json(self, send: Callable[[], requests.Response]) -> Any:
        answer = self._ask(send)
        try:
            if len(answer.content) > _LARGEST_ANSWER:
                raise ServerAway("the server answers more than one of ours does")
            return json.loads(answer.content)
        except ValueError as error:
            raise ServerAway("what answers there is no server of Certmark: it does not speak JSON") from error

    def _ask(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send, and send again where nobody answered. Raises ServerRefused, ServerRefusedInput or ServerAway."""
        import requests

        for attempt in range(_ATTEMPTS):
            try:
                answer = send()
            except requests.exceptions.SSLError as error:
                raise ServerAway(f"the server's certificate is not one that is trusted here: {error}") from error
            except requests.RequestException as error:
                if attempt == _ATTEMPTS - 1:
                    raise ServerAway(f"the server does not answer: {_short(error)}") from error
            else:
                if answer.status_code not in {429, 502, 503, 504} or attempt == _ATTEMPTS - 1:
                    return _accepted(answer)
            time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
        raise AssertionError  # the last attempt returned or raised


class _Told:
    """A file that tells how much of it was read; `requests` sends its length."""

    def __init__(self, stream: Any, size: int, progress: Progress | None) -> None:
        self._stream, self._size, self._progress, self._read = stream, size, progress, 0

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._stream.read(_STEP if size < 0 else size)
        self._read += len(piece)
        if self._progress is not None:
            self._progress(self._read, self._size)
        return piece


def _accepted(answer: requests.Response) -> requests.Response:
    if answer.ok:
        return answer
    try:
        detail = str(json.loads(answer.content[:_LARGEST_ANSWER])["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"the server says {answer.status_code} {answer.reason}"
    if answer.status_code in {413, 415, 422}:
        raise ServerRefusedInput(detail)
    if answer.status_code >= 500 or answer.status_code == 429:
        raise ServerAway(detail)
    raise ServerRefused(detail)


def _run(document: Any) -> RemoteRun:
    try:
        told = document["verdict"]
        verdict = None if told is None else RemoteVerdict(*(told[name] for name in RemoteVerdict._fields))
        texts = {name: document[name] for name in ("id", "created", "name", "product", "subject")}
        return RemoteRun(**texts, verdict=verdict, document=document)
    except (KeyError, TypeError) as error:
        raise ServerAway("what answers there is no server of Certmark: it says something else of a run") from error


def _word(identity: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identity):
        raise InvalidRequest(f"{identity[:60]!r} is no id of a run on a server")
    return identity


def _short(error: Exception) -> str:
    reason = getattr(error.args[0] if error.args else error, "reason", None)
    return re.sub(r"<[^>]*>: ?", "", str(reason or error))[:200]
