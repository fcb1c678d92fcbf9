"""Requests that nobody honest sends: each gets one plain sentence, and learns nothing that it may not know."""

from __future__ import annotations

import gzip
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from certmark.server.api.application import application
from certmark.server.front import Front
from certmark.server.observing.metrics import Metrics
from certmark.server.opening import opened
from certmark.server.reading.messages import Unreadable
from certmark.server.services import tokens
from certmark.server.settings import read_settings
from support.server import answering

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
PUBLIC = "https://certmark.example.org/cloud"
NOBODYS = "01a22378-0009-737a-9629-c1bee3400d61"


class Reached(NamedTuple):
    """A server as it is reached, and what ada shows there."""

    url: str
    token: str

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        url = f"{self.url}/api/v2{path}"
        return requests.request(method, url, headers=headers, timeout=60, allow_redirects=False, **more)

    def raw(self, head: str) -> bytes:
        """What is answered to a request as it is written."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(f"{head}\r\n\r\n".encode())
            answer = b""
            while b"}" not in answer and (piece := connection.recv(1 << 16)):
                answer += piece
            return answer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """One for strangers, below a path."""
    yield from _reached(tmp_path_factory.mktemp("server"), public_url=PUBLIC)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """One person's."""
    yield from _reached(tmp_path_factory.mktemp("local"))


def _reached(folder: Path, **given: str) -> Iterator[Reached]:
    settings = read_settings(None, {}, data=str(folder), **given)
    with opened(settings) as (services, identify):
        token = tokens.new(services, "ada", "test", 1)[0] if given else ""
        front = Front(application(services, identify), settings, Metrics(), dict)
        with answering(front) as url:
            yield Reached(url, token)


@pytest.mark.parametrize("path", ["/runs/{}", "/runs/{}/results", "/live/{}", "/uploads/{}"])
@pytest.mark.parametrize("end", ["%0A", "%00", "%0D%0A", "%20", "%E2%80%A8"])
def test_an_id_with_anything_behind_it_is_no_id(server: Reached, path: str, end: str) -> None:
    answer = server.ask("GET", path.format(NOBODYS + end))
    assert answer.status_code == 400
    assert "must be an id as this server writes them" in answer.json()["detail"]


def test_a_line_end_is_in_no_word(server: Reached) -> None:
    for words in ({"name": "a\n"}, {"name": "a", "tag": "k=v\n"}, {"name": "a", "sha256": "0" * 64 + "\n"}):
        assert server.ask("POST", "/runs", params=words, data=RESULTS).status_code == 400, words
    for query in ("subject=a%0A", f"cursor={'0' * 48}%0A", f"guideline={'0' * 64}%0A"):
        assert server.ask("GET", f"/runs?{query}").status_code == 400, query
    live = server.ask("POST", "/live").json()["id"]
    assert server.ask("PUT", f"/live/{live}", json={"planned": 1, "sentence": "a\n"}).status_code == 400


def test_a_slash_at_the_end_leads_nowhere(server: Reached) -> None:
    for path in ("/runs/", "/runs/x/", "/openapi.json/"):
        answer = server.ask("GET", path, headers={"Host": "elsewhere.example.org"})
        assert (answer.status_code, answer.headers.get("Location")) == (404, None)


def test_where_a_new_thing_is_is_below_the_public_address(server: Reached, local: Reached) -> None:
    for one, root in ((server, PUBLIC), (local, "")):
        run = one.ask("POST", "/runs", params={"name": "r.xml"}, data=RESULTS)
        assert run.headers["Location"] == f"{root}/api/v2/runs/{run.json()['id']}"
        for path in ("/live", "/uploads?name=r&size=1"):
            assert one.ask("POST", path).headers["Location"].startswith(f"{root}/api/v2{path.partition('?')[0]}/")


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"Content-Encoding": "gzip"}, "leave Content-Encoding out"),
        ({"Content-Encoding": "br"}, "leave Content-Encoding out"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "not a form that has it"),
    ],
)
def test_what_would_have_to_be_unpacked_first_is_refused(
    server: Reached, headers: dict[str, str], sentence: str
) -> None:
    live = server.ask("POST", "/live").json()["id"]
    upload = server.ask("POST", "/uploads?name=r&size=9").json()["id"]
    for method, path in (("POST", "/runs?name=r"), ("PATCH", f"/uploads/{upload}?offset=0"), ("PUT", f"/live/{live}")):
        answer = server.ask(method, path, data=gzip.compress(RESULTS), headers=headers)
        assert answer.status_code == 415
        assert sentence in answer.json()["detail"]


def test_one_request_has_one_key(server: Reached) -> None:
    head = f"POST /api/v2/runs?name=r HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\nContent-Length: 0"
    assert b"Idempotency-Key: is there 2 times" in server.raw(f"{head}\r\nIdempotency-Key: a\r\nIdempotency-Key: b")
    assert server.ask("POST", "/runs?name=r", headers={"Idempotency-Key": "x" * 201}).json()["pointer"] == (
        "Idempotency-Key"
    )


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/runs?limit=0", "limit: must be at least 1"),
        ("/runs?limit=201", "limit: must be at most 200"),
        ("/runs?limit=x", "limit: must be a whole number"),
        (f"/runs?limit={'9' * 5000}", "limit: is a number that is too large or too small"),
        ("/runs?partial=maybe", "partial: must be true or false"),
        ("/runs?of=theirs", "of: has no such value as 'theirs'"),
        ("/runs?since=now", "since: must be a moment like 2026-11-30T12:00:00Z"),
        ("/runs?since=2026-11-30T12:00:00", "since: must be a moment like 2026-11-30T12:00:00Z"),
        (f"/runs/{NOBODYS}/verdict?as_of=soon", "as_of: must be a day like 2026-11-30"),
        ("/runs?guideline=x", "guideline: must be a SHA-256 as 64 digits, 0 to 9 and a to f"),
        ("/runs?subject=%00", "subject: must be one line of text without control characters"),
        ("/runs?tag=x", "tag: must be written as the reference of the API says"),
        (f"/runs?subject={'x' * 201}", "subject: must have at most 200 characters"),
        ("/runs?colour=red", "colour: there is no such parameter"),
        ("/tests/history", "the request: test is missing"),
    ],
)
def test_what_is_wrong_with_a_parameter_is_said_in_plain_english(server: Reached, path: str, sentence: str) -> None:
    answer = server.ask("GET", path)
    assert (answer.status_code, answer.json()["detail"]) == (400, sentence)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"planned": NaN}',
        b'{"planned": 1e999}',
        b'{"planned": 99999999999999999999}',
        b'{"planned": true}',
        b'{"planned": 1.5}',
        b'{"planned": 1, "sentence": "\\ud800"}',
        b'{"planned": 1, "x": 1}',
        b'{"planned": ' + b"[" * 20000 + b"]" * 20000 + b"}",
        b'{"planned": 1, "sentence": "' + b"x" * 70000 + b'"}',
    ],
    ids=lambda body: repr(body[:30]),
)
def test_hostile_json_gets_a_plain_sentence(server: Reached, body: bytes) -> None:
    live = server.ask("POST", "/live").json()["id"]
    answer = server.ask("PUT", f"/live/{live}", data=body)
    assert answer.status_code in {400, 413}
    assert not re.search(r"`|Expected|regex|recursion|deserial|field `", answer.json()["detail"]), answer.text


@pytest.mark.parametrize(
    "head",
    [
        "Host: [",
        "Host: [::1",
        "Host: ada@127.0.0.1",
        "Host: 127.0.0.1/x",
        "Host: 127.0.0.1:x",
        "Host: localhost.",
        "Host: {own}\r\nOrigin: http://[",
        "Host: {own}\r\nOrigin: null",
        "Host: {own}\r\nOrigin: https://{own}",
        "Host: {own}\r\nOrigin: http://{own}\r\nOrigin: http://elsewhere.example.org",
        "Host: {own}\r\nX-Forwarded-Proto: https",
        "Host: {own}\r\nX-Forwarded-Server: elsewhere",
    ],
)
def test_a_local_server_is_not_talked_into_answering(local: Reached, head: str) -> None:
    own = local.url.removeprefix("http://")
    assert b" 403 " in local.raw(f"GET /api/v2/runs HTTP/1.1\r\n{head.format(own=own)}").partition(b"\r\n")[0]
    assert b" 200 " in local.raw(f"GET /api/v2/runs HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}")


def test_whoever_tries_tokens_is_counted_as_the_stranger_that_they_are(tmp_path: Path) -> None:
    for server in _reached(tmp_path, public_url=PUBLIC, requests_per_minute="9", uploads_per_minute="3"):
        wrong = {"headers": {"Authorization": "Bearer cmk_wrong"}}
        assert [server.ask("GET", "/runs", **wrong).status_code for _ in range(4)] == [401, 401, 401, 429]
        # A guess weighs as much as an upload; whoever is known has an own account, and HEAD is no upload.
        assert [server.ask("HEAD", "/runs").status_code for _ in range(5)] == [200] * 5


def test_others_are_answered_however_much_one_sender_has_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    waiting = threading.Semaphore(0)

    def slow(*_: object) -> Unreadable:
        waiting.release()
        assert goes_on.wait(60)
        return Unreadable("it was slow")

    settings = read_settings(None, {}, data=str(tmp_path), public_url=PUBLIC)
    with opened(settings) as (services, identify), ThreadPoolExecutor(60) as pool:
        monkeypatch.setattr(services.readers, "read", slow)
        ada, bob = (tokens.new(services, name, "test", 1)[0] for name in ("ada", "bob"))
        with answering(application(services, identify)) as url:
            sent = [pool.submit(Reached(url, ada).ask, "POST", "/runs?name=r", data=RESULTS) for _ in range(60)]
            for _ in range(12):
                assert waiting.acquire(timeout=60)
            try:
                assert Reached(url, bob).ask("GET", "/runs").status_code == 200
                assert not waiting.acquire(blocking=False)
            finally:
                goes_on.set()
            assert {one.result().status_code for one in sent} == {422}
