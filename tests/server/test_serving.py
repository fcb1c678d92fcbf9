"""The command as a process: who is answered, how it ends, what an operator sees of it."""

from __future__ import annotations

import http.client
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from support.loopback import free_port
from support.operated_server import ServerProcess, certmark_server, serving

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
PUBLIC = "https://certmark.example.org/cloud"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[ServerProcess]:
    with serving(tmp_path) as server:
        yield server


def status(url: str, **headers: str) -> int:
    return requests.get(url, headers=headers, timeout=60).status_code


def test_a_server_of_one_folder_says_where_it_answers_and_is_ready(local: ServerProcess) -> None:
    assert local.said == f"certmark-server: {local.url}\n"
    assert requests.get(f"{local.url}/healthz", timeout=60).json() == {"status": "alive", "failing": []}
    assert requests.get(f"{local.url}/readyz", timeout=60).json() == {"status": "ready", "failing": []}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_ended_as_soon_as_it_says_where_it_answers_ends(
    tmp_path: Path, number: signal.Signals
) -> None:
    with serving(tmp_path) as server:
        assert server.end(number) == 0


def test_every_answer_has_the_headers_of_security_and_the_id_of_the_request(local: ServerProcess) -> None:
    for path in ("/healthz", "/api/v2/runs", "/api/v2/openapi.json", "/nothing"):
        headers = requests.get(local.url + path, timeout=60).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert len(headers["X-Request-Id"]) == 16
        assert "Server" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example.org"},
        {"Host": "127.0.0.1.example.org:8300"},
        {"X-Forwarded-For": "192.0.2.1"},
        {"Forwarded": "for=192.0.2.1"},
        {"Origin": "https://elsewhere.example.org"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=lambda headers: " ".join(f"{name} {value}" for name, value in headers.items()),
)
def test_a_local_server_answers_nobody_from_elsewhere(local: ServerProcess, headers: dict[str, str]) -> None:
    assert status(f"{local.url}/api/v2/runs") == 200
    assert status(f"{local.url}/api/v2/runs", **headers) == 403


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_accepted_is_finished_before_it_ends(local: ServerProcess, number: signal.Signals) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", local.port, timeout=60)
    connection.putrequest("POST", "/api/v2/runs?name=r.xml")
    connection.putheader("Content-Length", str(len(RESULTS)))
    connection.endheaders(RESULTS[:10])
    assert status(f"{local.url}/healthz") == 200  # what came before it was read, too
    local.process.send_signal(number)
    deadline = time.monotonic() + 30
    while _is_listening(local.port) and time.monotonic() < deadline:
        time.sleep(0.01)
    connection.send(RESULTS[10:])
    answer = connection.getresponse()
    assert (answer.status, local.process.wait(60)) == (201, 0)
    answer.read()
    connection.close()
    with serving(local.folder) as again:
        assert len(requests.get(f"{again.url}/api/v2/runs", timeout=60).json()["runs"]) == 1


def _is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_logs_are_json_with_the_ids_of_requests_and_no_secrets(local: ServerProcess) -> None:
    answer = requests.get(
        f"{local.url}/api/v2/runs/x", params={"q": "hunter22"}, headers={"Authorization": "Bearer hunter22"}, timeout=60
    )
    local.end()
    lines = [line for line in local.lines() if line.get("request") == answer.headers["X-Request-Id"]]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [("GET", "/api/v2/runs/x", 400)]
    assert "hunter22" not in str(local.lines())


def test_metrics_are_answered_on_a_listener_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, metrics_listen=f"127.0.0.1:{port}") as server:
        assert status(f"{server.url}/metrics") == 404
        assert status(f"{server.url}/api/v2/guidelines") == 200
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    assert 'certmark_requests_total{method="GET",status="404"} 1.0' in text
    assert 'certmark_ready{part="database"} 1.0' in text


def test_an_address_that_others_reach_is_refused_without_a_public_one(tmp_path: Path) -> None:
    refused = certmark_server("serve", data=str(tmp_path / "data"), listen=f"0.0.0.0:{free_port()}")
    assert refused.returncode == 2
    assert "is reached from other machines: set public_url" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_taken_is_told_in_a_sentence(local: ServerProcess, tmp_path: Path) -> None:
    refused = certmark_server("serve", data=str(tmp_path / "other"), listen=f"127.0.0.1:{local.port}")
    assert refused.returncode == 5
    assert "cannot be listened at: Address already in use\n" in refused.stderr


def test_below_a_path_prefix_it_answers_whether_the_proxy_leaves_the_prefix_or_not(tmp_path: Path) -> None:
    with serving(tmp_path, public_url=PUBLIC) as server:
        assert server.said == f"certmark-server: {PUBLIC}\n"
        for path in ("/cloud/api/v2/guidelines", "/api/v2/guidelines", "/cloud/readyz"):
            assert status(server.url + path) == 200, path
        assert status(f"{server.url}/cloudy/api/v2/guidelines") == 404
        document = requests.get(f"{server.url}/cloud/api/v2/openapi.json", headers={"Host": "evil"}, timeout=60)
        assert "evil" not in document.text
        assert PUBLIC in document.text
        assert document.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_public_server_knows_who_asks_by_their_token_until_it_is_revoked(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    made = certmark_server("token", "new", "ada", "--label", "nightly", data=data)
    token = made.stdout.strip()
    assert made.returncode == 0
    assert token.startswith("cmk_")
    with serving(tmp_path, public_url=PUBLIC) as server:
        runs = f"{server.url}/api/v2/runs?of=mine"
        assert status(runs) == 401
        assert status(runs, Authorization=f"Bearer {token}") == 200
        assert status(runs, Authorization=f"Bearer {token[:-1]}x") == 401
        named = certmark_server("token", "list", data=data).stdout.split("\t")
        assert (named[1], named[3]) == ("ada", "nightly")
        assert certmark_server("token", "revoke", named[0], data=data).returncode == 0
        assert status(runs, Authorization=f"Bearer {token}") == 401
        server.end()
        assert token not in str(server.lines())


def test_whoever_asks_too_often_is_told_how_long_to_wait(tmp_path: Path) -> None:
    with serving(tmp_path, public_url=PUBLIC, requests_per_minute="3") as server:
        answers = [requests.get(f"{server.url}/api/v2/guidelines", timeout=60) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
