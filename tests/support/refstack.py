"""RefStack's API for results, small: as its own server of 2020 answered, refusals in both of its shapes included.

It is a stand-in for a server that nobody can install any more; what it answers is what was seen on a running one. It
keeps every request byte for byte.
"""

from __future__ import annotations

import datetime as dt
import json
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from support.loopback import running

PER_PAGE = 20
_DATE = "%Y-%m-%d %H:%M:%S"


class Asked(NamedTuple):
    """A request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    def header(self, name: str) -> str | None:
        """A header, by its name in lower case."""
        return self.headers.get(name)


class Abort(Exception):
    """A refusal in the first shape: code, title, detail."""


class Invalid(Exception):
    """A refusal in the second shape: the message is the title, and there is no detail."""


class RefStack:
    """The server's address, the keys that it knows, what it has, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: set[str] = set()
        """Lines of keys that somebody registered."""
        self.results: list[dict[str, Any]] = []
        """The oldest first."""
        self.asked: list[Asked] = []
        self.instead: tuple[int, bytes] | None = None
        """What it answers to everything."""
        self.stopped = threading.Event()

    def has(self, count: int) -> None:
        """So many results, an hour between them."""
        for number in range(count):
            created = dt.datetime(2015, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=number)
            self._keep({"cpid": "f00d", "duration_seconds": number}, created)

    def _keep(self, upload: dict[str, Any], created: dt.datetime) -> dict[str, Any]:
        identity = str(uuid.UUID(int=len(self.results) + 1, version=4))
        url = f"https://refstack.example.org/#/results/{identity}"
        self.results.append({"id": identity, "created_at": created.strftime(_DATE), "url": url, "upload": upload})
        return {"test_id": identity, "url": url}

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        """Status and body."""
        method, path = asked.line.split()
        parts = urlsplit(path)
        if self.instead is not None:
            return self.instead
        try:
            return self._answered(method, parts.path, parts.query, asked)
        except Abort as error:
            code, title, detail = error.args
            return code, json.dumps({"code": code, "title": title, "detail": detail}).encode()
        except Invalid as error:
            return 400, json.dumps({"title": str(error), "code": 400}).encode()

    def _answered(self, method: str, path: str, query: str, asked: Asked) -> tuple[int, bytes]:
        if path not in {"/v1/results", "/v1/results/"}:
            raise Abort(404, "Not Found", None)
        if method == "POST":
            return 201, json.dumps(self._uploaded(asked)).encode()
        words = {name: found[-1] for name, found in parse_qs(query).items()}
        return 200, json.dumps(self._listed(words)).encode()

    def _uploaded(self, asked: Asked) -> dict[str, Any]:
        try:
            upload = json.loads(asked.body)
        except ValueError:
            raise Invalid("Malformed request") from None
        if not isinstance(upload, dict) or upload.keys() != {"cpid", "duration_seconds", "results"}:
            raise Invalid("Request doesnt correspond to schema")
        signature, key = asked.header("x-signature"), asked.header("x-public-key")
        if signature is not None or key is not None:
            _verify(signature or "", key or "", asked.body)
        if not upload["results"]:
            raise Invalid("Uploaded results must contain at least one passing test.")
        if key is not None and key not in self.keys:
            detail = "User with specified key not found. Please log into the RefStack server to upload your key."
            raise Abort(401, "Unauthorized", detail)
        return self._keep(upload, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    def _listed(self, asked: dict[str, str]) -> dict[str, Any]:
        start, end = (_moment(asked.get(name)) for name in ("start_date", "end_date"))
        found = [
            one
            for one in reversed(self.results)
            if (start is None or one["created_at"] >= start) and (end is None or one["created_at"] <= end)
        ]
        total, page = -(-len(found) // PER_PAGE), asked.get("page", "1")
        if not page.isdecimal() or not 1 <= int(page) <= max(1, total):
            raise Abort(400, "Bad Request", f"Requested page number {page} is out of range")
        shown = found[(int(page) - 1) * PER_PAGE : int(page) * PER_PAGE]
        results = [{name: value for name, value in one.items() if name != "upload"} for one in shown]
        return {"results": results, "pagination": {"current_page": int(page), "total_pages": total}}


def _moment(text: str | None) -> str | None:
    try:
        return None if text is None else dt.datetime.strptime(text, _DATE).replace(tzinfo=dt.UTC).strftime(_DATE)
    except ValueError:
        raise Abort(400, "Bad Request", f"Invalid date format: {text}") from None


def _verify(signature: str, line: str, body: bytes) -> None:
    try:
        key = load_ssh_public_key(line.encode())
    except ValueError:
        raise Invalid("Malformed public key") from None
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(bytes.fromhex(signature), body, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        raise Invalid("Signature verification failed") from None


@contextmanager
def refstack(certificate: Path | None = None) -> Iterator[RefStack]:
    """A server on loopback until the block ends; with a `certificate` by TLS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    found = RefStack(f"{'http' if certificate is None else 'https'}://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(found)
    with running(server, found.stopped):
        yield found


def _handler(stub: RefStack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            stub.asked.append(Asked(f"{self.command} {self.path}", headers, body))
            status, content = stub.answer(stub.asked[-1])
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 - http.server names them so

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
