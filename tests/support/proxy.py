"""A small proxy: CONNECT for TLS, and plain requests passed on as they are; it can stop in the middle of one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """What it saw, and when it stops."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.seen: list[str] = []
        """The first lines of requests."""
        self.stops_at: str | None = None
        """A request whose first line has this in it is not passed on."""
        self.has_stopped = threading.Event()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Pass on until the listener is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, connection: socket.socket) -> None:
        head = b""
        with connection, suppress(OSError):
            while b"\r\n\r\n" not in head:
                block = connection.recv(65536)
                if not block:
                    return
                head += block
            line, _, rest = head.partition(b"\r\n")
            method, target, version = line.decode().split(" ")
            self.seen.append(line.decode())
            if self.stops_at is not None and self.stops_at in line.decode():
                self.has_stopped.set()
                connection.recv(1 << 20)
                return
            place = target if method == "CONNECT" else urlsplit(target).netloc
            host, _, port = place.rpartition(":")
            with socket.create_connection((host, int(port))) as other:
                if method == "CONNECT":
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                else:
                    path = target.partition(place)[2]
                    # One request a connection: the next one is seen as well.
                    other.sendall(f"{method} {path} {version}\r\nConnection: close\r\n".encode() + rest)
                back = threading.Thread(target=_copy, args=(other, connection), daemon=True)
                back.start()
                _copy(connection, other)
                back.join(30)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def proxying() -> Iterator[Proxy]:
    """A proxy on loopback."""
    proxy = Proxy()
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        with suppress(OSError):
            proxy.listener.shutdown(socket.SHUT_RDWR)
        proxy.listener.close()
        thread.join(10)
