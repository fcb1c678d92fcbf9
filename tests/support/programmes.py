"""A programme's office with its keys, and a server of this machine that publishes its files."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from certmark.trust.envelopes import Envelope, Signature, seal, write_envelope
from certmark.trust.keys.files import FileSigner, new_key
from certmark.trust.keys.keys import Algorithm
from certmark.trust.programme import documents, revocations
from certmark.trust.programme.envelopes import payload_of
from support.loopback import running

ALICE, BOB, CAROL, DAVE, ERIN, OPS, REVOKER = (
    new_key(Algorithm.ED25519, name) for name in ("alice", "bob", "carol", "dave", "erin", "ops", "revoker")
)
FAR = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
PROGRAMME = "Example programme"


def trust_content(
    edition: int = 1, members: Sequence[FileSigner] = (ALICE, BOB, CAROL), threshold: int = 2, **changes: Any
) -> dict[str, Any]:
    """A trust document; `changes` replace parts of it, None leaves one out."""
    content = {
        "format": "certmark-trust",
        "version": 1,
        "programme": PROGRAMME,
        "edition": edition,
        "expires": FAR.isoformat(),
        "office": {"threshold": threshold, "keys": [one.public.line for one in members]},
        "signers": {
            "signers": [{"name": "ops", "keys": [OPS.public.line]}],
            "grants": [{"vendors": ["Acme"], "signers": ["ops"]}],
        },
        "revocations": {"threshold": 1, "keys": [REVOKER.public.line], "location": "revocations.json"},
        **changes,
    }
    return {key: value for key, value in content.items() if value is not None}


def signed_trust(content: dict[str, Any], *signers: FileSigner) -> bytes:
    """The document under the signatures of `signers`."""
    return write_envelope(seal(documents.PAYLOAD_TYPE, payload_of(content), signers or (ALICE, BOB)))


def signed_list(
    edition: int = 1, *signers: FileSigner, issued: dt.datetime | None = None, expires: dt.datetime = FAR,
    programme: str = PROGRAMME, entries: Mapping[str, Any] | None = None,
) -> bytes:  # fmt: skip
    """A list of revocations under the signatures of `signers` (default: REVOKER)."""
    begins = issued or dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    payload = payload_of(revocations.new_list(programme, edition, (begins, expires), entries or {}))
    return write_envelope(seal(revocations.PAYLOAD_TYPE, payload, signers or (REVOKER,)))


def without_signatures(content: dict[str, Any], kind: str = documents.PAYLOAD_TYPE) -> bytes:
    """An envelope whose one signature is worth nothing."""
    return write_envelope(Envelope(kind, json.dumps(content).encode(), (Signature("", b"x" * 64),)))


Answer = bytes | Callable[[BaseHTTPRequestHandler], None]
"""Bytes to be given, or what writes the answer."""


class Site:
    """Files on a server of this machine; what is not there is 404."""

    def __init__(self, url: str, files: dict[str, Answer]) -> None:
        self.url = url
        self.files = files


@contextmanager
def serving() -> Iterator[Site]:
    """A server, until the block ends."""
    stopped = threading.Event()
    files: dict[str, Answer] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = files.get(self.path)
            if answer is None:
                self.send_error(404)
            elif callable(answer):
                answer(self)
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing is to be read on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with running(server, stopped):
        yield Site(f"http://127.0.0.1:{server.server_address[1]}", files)


def endless(handler: BaseHTTPRequestHandler) -> None:
    """An answer without end, as fast as it is read."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * (1 << 20))
    except OSError:
        return


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """An answer that comes byte by byte, slower than anybody waits."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(600):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


def redirecting(target: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer that leads to `target`."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer
