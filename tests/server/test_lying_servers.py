"""The command against servers that lie: one sentence, a status that says whose fault it is, and nothing written."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.client import connection
from certmark.client.connection import PAUSES
from support.signed import Signed

pytestmark = pytest.mark.enable_socket
RUN = "01a22378-0009-737a-9629-c1bee3400d61"
EXAMPLE = Path(__file__).parents[2] / "examples" / "object-storage-pass.subunit"


class Liar:
    """Says the same to everybody, byte for byte, and remembers what it was asked."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.says: list[bytes] = []
        self.heard: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                asker, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(asker,), daemon=True).start()

    def _answer(self, asker: socket.socket) -> None:
        with asker:
            try:
                head = asker.recv(1 << 16)
                self.heard.append(head)
                asker.sendall(self.says.pop(0) if len(self.says) > 1 else self.says[0])
                asker.shutdown(socket.SHUT_WR)
                while asker.recv(1 << 16):
                    pass
            except OSError:
                return


@pytest.fixture
def liar(monkeypatch: pytest.MonkeyPatch) -> Iterator[Liar]:
    monkeypatch.setattr("certmark.client.connection.PAUSES", (0.0,) * len(PAUSES))
    monkeypatch.delenv("CERTMARK_TOKEN", raising=False)
    found = Liar()
    yield found
    found.socket.close()


def said(head: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{head}Connection: close\r\n\r\n".encode("latin-1") + body


def sentence(liar: Liar, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[Exit, str]:
    status = main([*words, "--server", liar.url])
    out, err = capsys.readouterr()
    assert err.count("\n") == 1, err
    assert "\x1b" not in out + err
    assert "internal error" not in err
    return Exit(status), err


DEEP = b"[" * 200_000
RUNS = json.dumps({"runs": [], "next": "x"}).encode()


@pytest.mark.parametrize(
    "answer",
    [
        said("Retry-After: \xb2\r\nContent-Length: 0\r\n", status="503 Busy"),
        said("Content-Type: application/json\r\n", DEEP),
        said("Content-Type: application/json\r\n", b'{"detail": ' + DEEP, "403 No"),
        said("Content-Encoding: gzip\r\n", gzip.compress(b" " * (3 << 20))),
        said("Content-Encoding: gzip\r\n", b"no gzip"),
        said("Content-Length: 1000\r\n", b'{"runs": []'),
        said("Transfer-Encoding: chunked\r\n", b"zz\r\n{}"),
        said("", b"\xff\xfe"),
        said("", b" " * (3 << 20)),
        said("".join(f"X-{number}: y\r\n" for number in range(300)), RUNS),
        said(f"X: {'y' * 100_000}\r\n", RUNS),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"",
        b"HTTP/1.1 999999999 x\r\n\r\n",
        said("Location: file:///etc/passwd\r\n", b"", "301 Moved"),
        said("", json.dumps({"runs": [{"id": "\x1b[2J", "verdict": {"standing": 5}}]}).encode()),
    ],
    ids=lambda answer: repr(answer[:60]),
)
def test_whatever_a_server_answers_there_is_one_sentence(
    liar: Liar, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(connection, "_LARGEST_ANSWER", 2 << 20)
    liar.says = [answer]
    assert sentence(liar, capsys, "remote", "list")[0] in {Exit.ENVIRONMENT, Exit.USAGE}


def test_a_long_refusal_is_cut(liar: Liar, capsys: pytest.CaptureFixture[str]) -> None:
    liar.says = [said("", json.dumps({"detail": "x" * 100_000}).encode(), "400 No")]
    assert len(sentence(liar, capsys, "remote", "list")[1]) < 3000


def test_an_answer_that_never_ends_is_given_up(
    liar: Liar, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LONGEST_ANSWER", 0.0)
    liar.says = [said("", RUNS)]
    assert "takes longer" in sentence(liar, capsys, "remote", "list")[1]


@pytest.mark.parametrize("token", ["cmk_secret\n", "cmk_secret x", "cmk_s\u00e9cret", "\x1b[2J"])
def test_a_token_that_is_none_is_sent_to_nobody_and_shown_to_nobody(
    liar: Liar, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    liar.says = [said("", RUNS)]
    monkeypatch.setenv("CERTMARK_TOKEN", token)
    status, sentence_ = sentence(liar, capsys, "remote", "list")
    assert (status, liar.heard) == (Exit.USAGE, [])
    assert "secret" not in sentence_


def test_the_token_is_sent_whatever_a_netrc_has_for_the_host(
    liar: Liar, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password hunter22\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    liar.says = [said("", json.dumps({"runs": [], "next": None}).encode())]
    for token in ("cmk_secret", ""):
        monkeypatch.setenv("CERTMARK_TOKEN", token)
        main(["remote", "list", "--server", liar.url])
    capsys.readouterr()
    assert b"Authorization: Bearer cmk_secret\r\n" in liar.heard[0]
    assert b"Authorization" not in liar.heard[1]


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:99999", "https://ada:pw@example.org", "https://a\nb"])
def test_an_address_that_is_none_is_said(capsys: pytest.CaptureFixture[str], url: str) -> None:
    assert main(["remote", "list", "--server", url]) == Exit.USAGE
    assert "is no address of a server" in capsys.readouterr().err


@pytest.mark.parametrize("received", [-5, True, 1e9, "x", None])
def test_an_upload_of_which_a_server_lies_is_given_up(
    liar: Liar, capsys: pytest.CaptureFixture[str], tmp_path: Path, received: Any
) -> None:
    file = tmp_path / "large.subunit"
    file.write_bytes(EXAMPLE.read_bytes() + b"\0" * (9 << 20))
    uploads = json.dumps({"uploads": []}).encode()
    begun = json.dumps({"id": RUN, "received": received}).encode()
    liar.says = [said("", uploads), said("", begun), said("", b"{}")]
    assert sentence(liar, capsys, "submit", str(file))[0] == Exit.ENVIRONMENT


@pytest.mark.parametrize("name", ["../../x", "a\0b", "\ud800", "\u00e9" * 150, "a/../b", "-o", ".bashrc"])
def test_names_in_an_attestation_lead_nowhere(
    liar: Liar, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    signed = Signed(tmp_path)
    envelope = json.loads(signed.attestation())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    statement["subject"][0]["name"] = name
    envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    liar.says = [said('ETag: "x"\r\n', json.dumps(envelope).encode())]
    (tmp_path / "key.pub").write_text("ssh-ed25519 AAAA\n")
    before = sorted(tmp_path.rglob("*"))
    status, _ = sentence(liar, capsys, "remote", "verify", RUN, "--key", str(tmp_path / "key.pub"))
    assert status != Exit.OK
    assert sorted(tmp_path.rglob("*")) == before


def test_what_does_not_have_the_digest_that_was_said_is_not_written(
    liar: Liar, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    liar.says = [said("", b"{}", "404 None"), said(f'ETag: "{"0" * 64}"\r\nContent-Length: 5\r\n', b"hello")]
    status, sentence_ = sentence(liar, capsys, "remote", "get", RUN, "-o", str(tmp_path / "x"))
    assert (status, list(tmp_path.iterdir())) == (Exit.ENVIRONMENT, [])
    assert "is not what the server says that it has" in sentence_
