"""Clouds that a real one cannot be made to be: an HTTP server on loopback with the answers of a table."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from support.loopback import running

PROJECT = "0123456789abcdef0123456789abcdef"


class Answer(NamedTuple):
    """What the server says."""

    body: Any = None
    status: int = 200
    after: float = 0.0
    """Seconds to wait before."""
    headers: Mapping[str, str] = {}


_REFUSAL = Answer({"error": {"code": 401, "message": "The request you have made requires authentication."}}, 401)


class FakeCloud:
    """The server's address, its table (`METHOD path` -> answer), and what it was asked."""

    def __init__(self, address: str) -> None:
        self.url = address
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.refused: set[str] = set()
        """Names of users whom it does not sign in."""
        self.sent: dict[str, list[bytes]] = {}
        """`METHOD path` -> what came with it, each time."""
        self.stopped = threading.Event()

    def clouds_yaml(self, folder: Path, **changes: Any) -> Path:
        """A clouds.yaml with the cloud `fake`; `changes` are keys of its entry."""
        auth = {
            "auth_url": f"{self.url}/v3",
            "username": "demo",
            "password": "loopback-password",
            "project_name": "demo",
            "user_domain_id": "default",
            "project_domain_id": "default",
        }
        entry = {"auth": auth, "region_name": "RegionOne", **changes}
        path = folder / "clouds.yaml"
        path.write_text(json.dumps({"clouds": {"fake": entry}}), encoding="utf-8")
        return path

    def keystone(self, *services: tuple[str, str], roles: tuple[str, ...] = ("member",)) -> None:
        """Make it sign everybody in; `services` are (type, path)."""
        self.answers["GET /v3"] = Answer({"version": {"id": "v3.14", "status": "stable", "links": [self._link("/v3")]}})
        catalogue = [self._service(kind, path) for kind, path in (("identity", "/v3"), *services)]
        token = {
            "methods": ["password"],
            "user": {"id": "u1", "name": "demo", "domain": {"id": "default", "name": "Default"}},
            "project": {"id": PROJECT, "name": "demo", "domain": {"id": "default", "name": "Default"}},
            "roles": [{"id": name, "name": name} for name in roles],
            "catalog": catalogue,
            "issued_at": "2026-11-21T00:00:00.000000Z",
            "expires_at": "2096-11-21T00:00:00.000000Z",
        }
        self.answers["POST /v3/auth/tokens"] = Answer({"token": token}, 201)

    def _link(self, path: str) -> dict[str, str]:
        return {"rel": "self", "href": f"{self.url}{path}/"}

    def _service(self, kind: str, path: str) -> dict[str, Any]:
        endpoint = {"id": kind, "interface": "public", "region_id": "RegionOne", "region": "RegionOne"}
        return {"id": kind, "type": kind, "name": kind, "endpoints": [{**endpoint, "url": f"{self.url}{path}"}]}


@contextmanager
def serving() -> Iterator[FakeCloud]:
    """A server on loopback, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    cloud = FakeCloud(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(cloud)
    with running(server, cloud.stopped):
        yield cloud


def _handler(cloud: FakeCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            method = self.command
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            cloud.sent.setdefault(f"{method} {self.path}", []).append(sent)
            path = self.path.partition("?")[0].rstrip("/")
            cloud.asked.append(f"{method} {path}")
            answer = cloud.answers.get(f"{method} {path}", Answer({"error": "not here"}, 404))
            if method == "POST" and any(f'"{name}"'.encode() in sent for name in cloud.refused):
                answer = _REFUSAL
            cloud.stopped.wait(answer.after)
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            content = b"" if answer.status == 204 else content
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if method == "POST":
                self.send_header("X-Subject-Token", "not-a-real-token")
            self.end_headers()
            if method != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server names them so

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
