"""How a server is reached: TLS of an own authority, client certificates, proxies; what is broken off, and waited for."""

from __future__ import annotations

import os
import random
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from certmark.cli.exits import Exit
from certmark.client import server as client
from certmark.client.connection import PAUSES
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.jobs.working import work
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from support.certificates import Authority
from support.proxy import proxying
from support.said import Said
from support.server import answering

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[2] / "examples"
PASSED, BROKEN = EXAMPLES / "object-storage-pass.subunit", EXAMPLES / "object-storage-broken.subunit"
OBJECT = ("-g", "2026.11", "-p", "object")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Of a server that reads what is above a megabyte later."""
    data = str(tmp_path_factory.mktemp("server"))
    settings = read_settings(None, {}, data=data, largest_read_at_once=str(1 << 20))
    create(settings)
    with services_of(settings) as found:
        yield found


@pytest.fixture(scope="module")
def served(services: Services) -> Starlette:
    """What it answers, to one person."""
    asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
    return application(services, lambda _: asker)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def secure(served: Starlette, authority: Authority) -> Iterator[str]:
    """The address of a server that demands a certificate."""
    tls: dict[str, Any] = {"ssl_ca_certs": str(authority.file), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    with answering(served, ssl_certfile=str(authority.certificate("server")), **tls) as url:
        yield url


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    monkeypatch.setattr("certmark.client.connection.PAUSES", (0.0,) * len(PAUSES))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: Said(words, capsys)


def test_a_server_of_an_own_authority_that_asks_for_a_certificate_is_reached(
    say: Callable[..., Said], secure: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = ("--client-certificate", str(authority.certificate("ada")))
    trusted = ("--ca-file", str(authority.file))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate("other")))  # what is named comes first
    assert say("submit", str(PASSED), *OBJECT, "--server", secure, *trusted, *mine).status == Exit.OK
    for words, sentence in ((mine, "is not one that is trusted here"), (trusted, "may ask for a client certificate")):
        refused = say("remote", "list", "--server", secure, *words)
        assert (refused.status, sentence in refused.err, refused.err.count("\n")) == (Exit.ENVIRONMENT, True, 1)
    absent = say("remote", "list", "--server", secure, "--ca-file", "/nowhere.pem", *mine)
    assert absent.status != Exit.INTERNAL_ERROR
    assert "/nowhere.pem" in absent.err


def test_a_proxy_of_the_environment_is_used_unless_it_says_otherwise(
    say: Callable[..., Said], secure: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--server", secure, "--ca-file", authority.file, "--client-certificate", authority.certificate("ada"))
    with proxying() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert say("remote", "list", *words).status == Exit.OK
        (line,) = proxy.seen
        assert line.startswith(f"CONNECT {secure.removeprefix('https://')} ")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert say("remote", "list", *words).status == Exit.OK
        assert len(proxy.seen) == 1
    monkeypatch.delenv("NO_PROXY")
    away = say("remote", "list", *words)
    assert (away.status, away.err.count("\n")) == (Exit.ENVIRONMENT, 1)


def test_a_large_upload_that_was_interrupted_goes_on_and_is_waited_for(
    say: Callable[..., Said], served: Starlette, services: Services, tmp_path: Path
) -> None:
    large = tmp_path / "large.subunit"
    noise = random.Random(0).randbytes(1 << 20)  # noqa: S311 - noise
    large.write_bytes(BROKEN.read_bytes() + b"".join(bytes([number]) + noise for number in range(17)))
    program = [sys.executable, "-m", "certmark", "submit", str(large), *OBJECT, "--server"]
    with answering(served) as url, proxying() as proxy:
        proxy.stops_at = f"offset={client.PIECE}"
        environment = {**os.environ, "HTTP_PROXY": proxy.url, "NO_PROXY": "", "no_proxy": ""}
        with subprocess.Popen([*program, url], env=environment, stderr=subprocess.PIPE) as first:
            assert proxy.has_stopped.wait(60)
            first.send_signal(signal.SIGINT)
            _, said = first.communicate(timeout=60)
        assert (first.returncode, b"Traceback" in said) == (Exit.INTERRUPTED, False)
        proxy.stops_at, proxy.seen[:] = None, []
        done = subprocess.run([*program, url], env=environment, capture_output=True, timeout=120, check=False)
        assert (done.returncode, b"has not read it yet" in done.stdout) == (Exit.OK, True), done.stderr
        offsets = [line.partition("offset=")[2].partition(" ")[0] for line in proxy.seen if "PATCH" in line]
        assert offsets == [str(client.PIECE), str(2 * client.PIECE)]
        proxy.seen[:] = []
        subprocess.run([*program, url], env=environment, capture_output=True, timeout=120, check=True)
        assert not any("PATCH" in line for line in proxy.seen)
        end = threading.Event()
        worker = threading.Thread(target=work, args=(services, end))
        worker.start()
        try:
            here = say("judge", str(large), *OBJECT)
            there = say("submit", str(large), *OBJECT, "--tag", "a=b", "--server", url, "--wait")
        finally:
            end.set()
            worker.join(30)
    assert there.status == here.status == Exit.FAIL, there.err
    assert "reads it" in there.err
    assert "FAIL" in there.out.upper()
