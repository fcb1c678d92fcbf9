"""A list of tests is fetched with https only, whatever a server says, and no further than any list goes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from certmark.app.inputs import test_lists
from certmark.app.inputs.test_lists import load_test_list
from certmark.domain.errors import CannotProceed, InvalidRequest
from simulators.certificates import self_signed, server_side

pytestmark = [pytest.mark.enable_socket]
U1 = "11111111-1111-4111-8111-111111111111"


class _Lists(BaseHTTPRequestHandler):
    """A server of lists."""

    moved: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        if self.path in self.moved:
            self.send_response(302)
            self.send_header("Location", self.moved[self.path])
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"a.B.test_one[id-{U1}]\n".encode() * (10_000 if self.path == "/long" else 1))

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Lists) as server:
        server.socket = server_side(certificate).wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_list_is_read_as_a_guideline_of_its_own(address: str) -> None:
    guideline = load_test_list(f"{address}/v1/guidelines/tests?target=compute")
    assert (guideline.id, len(guideline.programs)) == ("tests", 1)


def test_a_redirection_away_from_https_is_not_followed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Lists, "moved", {"/away": "http://127.0.0.1:1/l.txt", "/on": f"{address}/other.txt"})
    with pytest.raises(CannotProceed, match="it leads away from https"):
        load_test_list(f"{address}/away")
    assert load_test_list(f"{address}/on").programs


def test_no_more_is_read_than_any_list_has(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_lists, "_LARGEST", 1 << 16)
    with pytest.raises(CannotProceed, match="has more than"):
        load_test_list(f"{address}/long")


def test_a_server_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("https_proxy", raising=False)
    with pytest.raises(CannotProceed, match=r"cannot be fetched from 127\.0\.0\.1: "):
        load_test_list("https://127.0.0.1:1/l.txt")


@pytest.mark.parametrize("named", ["https://", "https:///l.txt", "ftp://h/l.txt", "https://[/l.txt"])
def test_an_address_that_is_none_is_refused(named: str) -> None:
    with pytest.raises(InvalidRequest):
        load_test_list(named)
