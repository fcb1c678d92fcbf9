"""The object-storage sandbox for real: up, used, restarted, broken, mended, down, purged. Takes minutes."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from certmark.sandbox import processes
from certmark.sandbox.lifecycle import attach, down, status
from support.waiting import PATIENCE

pytestmark = [pytest.mark.cloud, pytest.mark.enable_socket]

OBJECT = b"kept through a restart"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a sandbox; whatever happens, nothing of it runs at the end."""
    place = tmp_path / "sandbox"
    yield place
    if (place / "sandbox.json").exists():
        down(place, purge=True)


def certmark(*words: str, folder: Path, expected: int = 0) -> str:
    """What the command said on both streams."""
    command = [sys.executable, "-m", "certmark", "sandbox", *words, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout + done.stderr


class Client:
    """An ordinary client of the cloud: knows clouds.yaml only."""

    def __init__(self, folder: Path, cloud: str = "certmark-sandbox") -> None:
        self._entry = yaml.safe_load((folder / "clouds.yaml").read_text())["clouds"][cloud]
        self._token, self._storage = self._log_in()

    def _log_in(self) -> tuple[str, str]:
        auth = self._entry["auth"]
        domain = {"id": "default"}
        user = {"name": auth["username"], "password": auth["password"], "domain": domain}
        scope = {"project": {"name": auth["project_name"], "domain": domain}}
        body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
        headers = {"Content-Type": "application/json"}
        status, found, content = _ask("POST", f"{auth['auth_url']}/auth/tokens", json.dumps(body).encode(), headers)
        assert status == 201
        catalogue = json.loads(content)["token"]["catalog"]
        endpoints = next(service["endpoints"] for service in catalogue if service["type"] == "object-store")
        return found["X-Subject-Token"], next(e["url"] for e in endpoints if e["interface"] == "public")

    def storage(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        answer, _, content = _ask(method, self._storage + path, body, {"X-Auth-Token": self._token})
        return answer, content


def _ask(method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE)
    try:
        connection.request(method, address.path, body, headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_a_life_of_the_object_storage_cloud(folder: Path) -> None:
    certmark("up", folder=folder)
    client = Client(folder)
    assert client.storage("PUT", "/things")[0] == 201
    assert client.storage("PUT", "/things/one", OBJECT)[0] == 201
    assert client.storage("GET", "/things/one") == (200, OBJECT)
    assert sum(service.memory for service in status(folder).services) < 500_000_000

    certmark("down", folder=folder)
    sandbox, _ = attach(folder)
    assert processes.strays(sandbox) == ()
    certmark("up", folder=folder)
    assert Client(folder).storage("GET", "/things/one") == (200, OBJECT)

    said = certmark("up", "--break", "swift-object", "--break", "role", folder=folder)
    assert "broken on purpose: role, swift-object" in said
    assert Client(folder).storage("GET", "/things/one")[0] == 403
    certmark("up", "--mend", folder=folder)
    assert Client(folder).storage("GET", "/things/one") == (200, OBJECT)
    certmark("up", "--break", "quota", folder=folder)
    assert Client(folder).storage("PUT", "/things/two", b"x")[0] == 413
    certmark("up", "--mend", "--break", "swift-object", folder=folder)
    assert Client(folder).storage("GET", "/things/one")[0] == 503

    certmark("down", "--purge", folder=folder)
    assert (folder.exists(), processes.strays(sandbox)) == (False, ())


@pytest.mark.parametrize("seconds", [1.0, 6.0])
def test_a_start_that_was_killed_is_finished_by_the_next(folder: Path, seconds: float) -> None:
    command = [sys.executable, "-m", "certmark", "sandbox", "up", "-q", "--folder", str(folder)]
    with subprocess.Popen(command) as start:
        time.sleep(seconds)
        start.kill()
    certmark("up", folder=folder)
    assert status(folder).is_up
    assert Client(folder, "certmark-sandbox-admin").storage("GET", "")[0] == 204


def test_ctrl_c_leaves_no_process_and_the_next_start_goes_on(folder: Path) -> None:
    command = [sys.executable, "-m", "certmark", "sandbox", "up", "--folder", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as start:
        assert start.stderr is not None
        while "Keystone" not in start.stderr.readline():  # steps are told, and more of them come
            assert start.poll() is None
        start.send_signal(signal.SIGINT)
        *_, said = start.stderr
    assert (start.returncode, said.partition(";")[0]) == (130, "certmark: interrupted")
    assert processes.strays(attach(folder)[0]) == ()
    certmark("up", folder=folder)


def test_a_taken_port_is_told_and_gone_round(folder: Path) -> None:
    certmark("up", folder=folder)
    assert Client(folder).storage("PUT", "/things")[0] == 201
    certmark("down", folder=folder)
    port = attach(folder)[0].port("keystone")
    listen = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); print(flush=True); time.sleep(300)"
    with subprocess.Popen([sys.executable, "-c", listen], stdout=subprocess.PIPE) as stranger:
        assert stranger.stdout is not None
        stranger.stdout.readline()
        said = certmark("up", folder=folder)
        assert f"port {port} is taken by another program; keystone moves to {port + 1}" in said
        assert Client(folder).storage("GET", "/things")[0] == 204
        assert stranger.poll() is None
        stranger.kill()
