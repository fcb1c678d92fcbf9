"""The how-to for a public server, done word for word: nginx with TLS, a certified provider, the first administrator."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.loopback import free_port
from support.nginx import Proxy
from support.openid_providers import Browser, CertifiedProvider, form_token
from support.waiting import wait_until

pytestmark = pytest.mark.enable_socket
HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "set-up-a-public-server.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Machine:
    """An empty one: places and addresses of the document are others here, and nothing else is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.proxy = folder, Proxy(folder)
        self.url = f"https://localhost:{self.proxy.port}"
        self.provider = CertifiedProvider(self.url, f"{self.url}/sign-in/id/callback")
        self._own = {
            "https://certmark.example.org": self.url,
            "https://id.example.org": self.provider.issuer,
            "127.0.0.1:8300": f"127.0.0.1:{free_port()}",
            "listen 443 ssl": f"listen 127.0.0.1:{self.proxy.port} ssl",
            "server_name certmark.example.org": "server_name localhost",
            "/etc/certmark/tls.pem": str(folder / "ca.pem"),
            "/etc/certmark/tls.key": str(folder / "key.pem"),
            "/etc/certmark": str(folder),
            "/var/lib/certmark": str(folder / "data"),
        }
        (folder / "id.secret").write_text("secret-of-the-client\n")
        programs = Path(sys.executable).parent
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CERTMARK_")},
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
            "CERTMARK_CONFIG": str(folder / "config"),
            "CERTMARK_SERVER_FETCH_PRIVATE": "yes",
            "REQUESTS_CA_BUNDLE": str(self.proxy.trusted),
        }

    def blocks(self, kind: str) -> list[str]:
        """Of the document, with what is here."""
        text = HOW_TO.read_text()
        for there, here in self._own.items():
            text = text.replace(there, here)
        return [block for found, block in _BLOCK.findall(text) if found == kind]

    def run(self, commands: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", commands], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def running(self, command: str) -> Iterator[subprocess.Popen[str]]:
        """Until the context ends."""
        process = subprocess.Popen(command.split(), env=self.environment, stderr=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)
            process.stderr.close()  # type: ignore[union-attr]  # it is a pipe


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    found = Machine(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", found.environment["REQUESTS_CA_BUNDLE"])
    try:
        yield found
    finally:
        found.provider.end()


# Six commands, each a process, a provider and nginx: some ten seconds, for the only test of the whole way there is.
def test_who_does_what_stands_there_has_a_public_server_and_its_administrator(machine: Machine) -> None:
    url = machine.url
    (settings,), (nginx,) = machine.blocks("toml"), machine.blocks("nginx")
    doctor, first, serve, let_in = machine.blocks("sh")
    (machine.folder / "server.toml").write_text(settings)
    assert re.findall(r"^public address +(.*)", machine.run(doctor), re.MULTILINE) == ["ok"]
    said = machine.run(first)
    assert f"{machine.provider.issuer}#ada" in said
    assert "programme office" in said
    browser = Browser()
    with machine.running(serve) as server, machine.proxy.running(nginx):
        wait_until(lambda: server.poll() is not None or browser.get(f"{url}/healthz").status_code == 200)
        assert server.poll() is None, server.stderr and server.stderr.read()
        answer = browser.sign_in(f"{url}/sign-in/id", "ada", f"{url}/sign-in/id/callback")
        assert answer.status_code == 303, answer.text
        assert answer.headers["Set-Cookie"].startswith("__Host-certmark-session=")
        login, listed = let_in.splitlines()
        with machine.running(login) as program:
            assert program.stderr is not None
            code = re.search(r"type the code (\S+)", program.stderr.readline())
            assert code is not None
            page = browser.get(f"{url}/device", params={"user_code": code[1]}).text
            fields = {"form": form_token(page), "user_code": code[1], "decision": "yes"}
            headers = {"Sec-Fetch-Site": "same-origin"}
            assert browser.ask("POST", f"{url}/device", data=fields, headers=headers).status_code == 200
            assert program.wait(120) == 0
        machine.run(listed)
        # The programme office publishes agreements, and nobody else does.
        place = f"{url}/api/v2/agreements?name=Mark&version=1"
        assert browser.ask("POST", place, data=b"text", headers=headers).status_code == 201
        other = Browser()
        other.sign_in(f"{url}/sign-in/id", "bob", f"{url}/sign-in/id/callback")
        assert other.ask("POST", place, data=b"text", headers=headers).status_code == 403
