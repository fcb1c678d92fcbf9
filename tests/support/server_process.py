"""Servers and workers in processes of their own, under load, killed at any point; and what clients were promised."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from support.databases import put_database
from support.loopback import free_port

_PATIENCE = 60.0


class ProcessOfServer:
    """`certmark-server` with a verb."""

    def __init__(self, data: Path, settings: Mapping[str, str], *command: str, largest_file: int | None = None) -> None:
        environment = {f"CERTMARK_SERVER_{name.upper()}": value for name, value in settings.items()}
        self._log = (data.parent / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "certmark.server.main", *command, "--data", str(data)],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            preexec_fn=None if largest_file is None else lambda: _limit(largest_file),  # noqa: PLW1509 - no thread runs yet
        )

    def kill(self) -> None:
        """As when the machine takes it away; those that read for it end by themselves."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_PATIENCE)
        self._log.close()

    def stop(self) -> None:
        """As an operator ends it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(_PATIENCE)
        self._log.close()


class WorkerProcess(ProcessOfServer):
    """`certmark-server worker`, started when it is made."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        super().__init__(data, settings, "worker")


class ServerProcess(ProcessOfServer):
    """`certmark-server serve`, started when it is made; it answers."""

    def __init__(self, data: Path, settings: Mapping[str, str], *, largest_file: int | None = None) -> None:
        self.port = free_port()
        if "database_url" not in settings:
            put_database(data)
        super().__init__(data, settings, "serve", "--listen", f"127.0.0.1:{self.port}", largest_file=largest_file)
        end = time.monotonic() + _PATIENCE
        while not self._is_alive():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(Path(self._log.name).read_text()[-2000:])
            time.sleep(0.01)

    def _is_alive(self) -> bool:
        """Another server may have got the port meanwhile, and would answer as well."""
        try:
            return self._listens() and self.ask("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def _listens(self) -> bool:
        """Whether this very process does, at its port."""
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{self.port:04X}") and line[3] == "0A"}
        return any(str(one.readlink()) in sockets for one in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def ask(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body. Raises OSError where it breaks off."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, content, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()


def _limit(largest: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


@dataclass
class Clients:
    """Who sends, and what they were told."""

    seed: int
    guideline: str | None = None
    """By which results of known tests are judged."""
    sent: dict[str, bytes] = field(default_factory=dict)
    """By key: what was sent."""
    acknowledged: dict[str, str] = field(default_factory=dict)
    """By key: the run that the server named."""
    refused: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def load(self, server: ServerProcess, until: Callable[[], bool], threads: int = 3) -> None:
        """Send one upload after the other until the server is gone, or `until` holds."""
        start = len(self.sent)
        workers = [
            threading.Thread(target=self._send, args=(server, until, f"{start}-{number}")) for number in range(threads)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _send(self, server: ServerProcess, until: Callable[[], bool], name: str) -> None:
        source = random.Random(f"{self.seed}-{name}")  # noqa: S311 - what is sent
        number = 0
        while not until():
            key, number = f"{name}-{number}", number + 1
            self.sent[key] = _upload(source, key)
            try:
                self.send(server, key)
            except OSError:
                return

    def send(self, server: ServerProcess, key: str) -> None:
        """Send it, perhaps again. Raises OSError where it breaks off."""
        about = {"name": key, "vendor": "acme", "product": "cloud", "tag": f"key={key}"}
        query = urlencode(about if self.guideline is None else {**about, "guideline": self.guideline})
        status, body = server.ask("POST", f"/api/v2/runs?{query}", self.sent[key], {"Idempotency-Key": key})
        if status == 201:
            identity = json.loads(body)["id"]
            assert self.acknowledged.setdefault(key, identity) == identity, "the same request became another run"
        else:
            self.refused[key] = status, body

    def check(self, server: ServerProcess, keys: list[str]) -> None:
        """What was acknowledged is there, byte for byte."""
        for key in keys:
            status, body = server.ask("GET", f"/api/v2/runs/{self.acknowledged[key]}/evidence")
            assert status == 200, (key, body)
            assert hashlib.sha256(body).digest() == hashlib.sha256(self.sent[key]).digest(), key

    def check_everything(self, server: ServerProcess) -> None:
        """Nothing is lost, nothing half visible; what was not acknowledged becomes one run when it is sent again."""
        shown = listed(server)
        for identity, key in shown.items():
            status, body = server.ask("GET", f"/api/v2/runs/{identity}")
            assert status == 200
            assert json.loads(body)["tags"] == {"key": key}
            assert json.loads(server.ask("GET", f"/api/v2/runs/{identity}/results")[1])["results"]
            assert server.ask("GET", f"/api/v2/runs/{identity}/evidence")[1] == self.sent[key]
        assert {identity: key for key, identity in self.acknowledged.items()}.items() <= shown.items()
        for key in self.sent:
            self.send(server, key)
        assert sorted(listed(server).values()) == sorted(self.sent)


def listed(server: ServerProcess) -> dict[str, str]:
    """Every run that is shown, with its name."""
    found: dict[str, str] = {}
    before = ""
    while True:
        status, body = server.ask("GET", f"/api/v2/runs?limit=200{before}")
        assert status == 200, body
        page: dict[str, Any] = json.loads(body)
        found |= {run["id"]: run["name"] for run in page["runs"]}
        if page["next"] is None:
            return found
        before = f"&cursor={page['next']}"


def _upload(source: random.Random, key: str) -> bytes:
    """Results of a few tests, some of them new; one in five is large, and kept apart."""
    if source.random() < 0.2:
        log = source.randbytes(150_000).hex()
        case = f'<testcase classname="a.B{source.randrange(9)}" name="c"><system-out>{log}</system-out></testcase>'
        return f'<testsuite name="{key}">{case}</testsuite>'.encode()
    tests = [{"name": f"m.C.test_{source.randrange(300)}"} for _ in range(20)]
    return json.dumps({"cpid": key, "duration_seconds": 1, "results": tests}).encode()
