"""An S3 service on loopback, as a process of its own: moto's, which keeps everything in memory."""

from __future__ import annotations

import http.client
import subprocess
import sys
from importlib.util import find_spec

import pytest

from support.loopback import free_port
from support.waiting import wait_until

SECRET = "hunter22-of-s3"
REGION = "us-east-1"


class S3Service:
    """A service that answers when it is made."""

    def __init__(self) -> None:
        if find_spec("moto") is None or find_spec("flask") is None or find_spec("obstore") is None:
            pytest.skip("moto[server,s3] and obstore are not installed")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """With nothing in it, at the address that it had."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: self._process.poll() is not None or self._answers())
        assert self._process.poll() is None

    def _answers(self) -> bool:
        try:
            return self._asked("GET", "/moto-api/") == 200
        except OSError:
            return False

    def _asked(self, method: str, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path)
            return connection.getresponse().status
        finally:
            connection.close()

    def settings(self, bucket: str) -> dict[str, str]:
        """The settings of a server whose evidence is in this bucket, which is made."""
        assert self._asked("PUT", f"/{bucket}") == 200
        return {
            "evidence_url": f"s3://{bucket}/some/prefix",
            "s3_endpoint": self.url,
            "s3_region": REGION,
            "s3_access_key": "AKIDEXAMPLE",
            "s3_secret_key": SECRET,
        }

    def end(self) -> None:
        """Everything in it is gone."""
        self._process.kill()
        self._process.wait()
