"""A server that runs while a test does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer


@contextmanager
def running(server: ThreadingHTTPServer, stopped: threading.Event) -> Iterator[None]:
    """`server` answers until the block ends; `stopped` is set first, so that nobody goes on waiting."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    """A port of this machine at which nobody listens at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
