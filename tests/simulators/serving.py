"""Simulated clouds over real HTTP and HTTPS, on loopback."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from simulators.openstack_cloud import OpenStackCloud, Reply, Request, request_of
from support.loopback import running

_LARGEST = 1 << 20


class _Server(ThreadingHTTPServer):
    """Whose connections do not outlive it, however they hang."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no error of ours."""


@contextlib.contextmanager
def served(
    cloud: OpenStackCloud, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[OpenStackCloud]:
    """`cloud` at an address of its own, until the block ends."""
    server = _Server((host, 0), _handler(cloud))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    cloud.url = f"{'https' if tls else 'http'}://{host}:{server.server_address[1]}"
    with running(server, cloud.stopped):
        yield cloud


def clouds_yaml(folder: Path, **entries: dict[str, Any]) -> Path:
    """A clouds.yaml with these entries."""
    path = folder / "clouds.yaml"
    path.write_text(json.dumps({"clouds": entries}), encoding="utf-8")
    return path


class _Handler(BaseHTTPRequestHandler):
    """Every method alike."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are written apart, and the client would wait for the body

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def serve(self) -> None:
        """Answer; `_handler` says how."""
        raise NotImplementedError

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _handler(cloud: OpenStackCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        def serve(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), _LARGEST)
            asked = request_of(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
            with contextlib.suppress(OSError):
                self._send(asked, cloud.answer(asked))

        def _send(self, asked: Request, reply: Reply) -> None:
            cloud.stopped.wait(reply.hold)
            if reply.reset:
                self._tear()
                return
            content = b"" if asked.method == "HEAD" else reply.content
            headers = {"Content-Type": "application/json", "Date": formatdate(usegmt=True), **reply.headers}
            headers |= {"x-openstack-request-id": "req-14eda1db-d3b0-4e16-82ef-b1103a17e1df"}
            headers |= {"Content-Length": str(1 << 20 if reply.trickle else len(content))}
            self.send_response_only(reply.status)
            if reply.drip:
                self.flush_headers()
                self._repeat(b"X-Filler: 1\r\n")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.trickle:
                self._repeat(b" ")
            self.wfile.write(content)

        def _repeat(self, piece: bytes) -> None:
            while not cloud.stopped.wait(0.05):
                self.wfile.write(piece)

        def _tear(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

    return Handler
