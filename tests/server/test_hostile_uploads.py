"""Whatever is sent: one sentence and a 4xx, and nothing is left behind."""

from __future__ import annotations

import gzip
import importlib.util
import json
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import requests

from certmark.evidence.bundle import write_bundle
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from support.odd_archives import odd_archives, odd_packings
from support.recorded_run import record_run
from support.resealing import unpacked
from support.server import answering

pytestmark = pytest.mark.enable_socket
SOUND = b'<testsuite name="s"><testcase classname="a.B" name="c"/></testsuite>'


def _of_readers() -> Mapping[str, tuple[Callable[[], bytes], str]]:
    """Every hostile file of the readers' own tests."""
    path = Path(__file__).parents[1] / "formats" / "test_hostile.py"
    found = importlib.util.spec_from_file_location("hostile_of_readers", path)
    assert found is not None and found.loader is not None  # noqa: PT018 - for the type checker
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return dict(module.REFUSED)


REFUSED = _of_readers()


class Target(NamedTuple):
    """A server, and where it keeps things."""

    url: str
    services: Services
    asker: Asker
    temporary: Path


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A server of one folder that takes up to 80 MiB, and whose patience ends after a second."""
    folder = tmp_path_factory.mktemp("server")
    temporary = tmp_path_factory.mktemp("temporary")
    bounds = {"largest_upload": "80m", "largest_read_at_once": "80m", "slowest_upload": "1", "reading_time": "60"}
    settings = read_settings(None, {}, data=str(folder), **bounds)
    create(settings)
    before, tempfile.tempdir = tempfile.tempdir, str(temporary)
    with services_of(settings) as services:
        asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        with answering(application(services, lambda _: asker)) as url:
            yield Target(f"{url}/api/v2", services, asker, temporary)
    tempfile.tempdir = before


@pytest.fixture
def untouched(target: Target) -> Iterator[Target]:
    """The server, which has nothing when the test ends."""
    yield target
    assert requests.get(f"{target.url}/runs", timeout=60).json()["runs"] == []
    assert list(target.services.evidence.digests()) == []
    assert list(target.temporary.iterdir()) == []


def post(target: Target, data: bytes, **params: Any) -> requests.Response:
    return requests.post(f"{target.url}/runs", params={"name": "run", **params}, data=data, timeout=300)


def is_refused(answer: requests.Response) -> None:
    assert 400 <= answer.status_code < 500, answer.text
    detail = answer.json()["detail"]
    assert "\n" not in detail
    assert 0 < len(detail) < 600
    assert "certmark-upload-" not in detail


@pytest.mark.thorough
@pytest.mark.parametrize("case", REFUSED)
def test_every_hostile_file_of_the_readers_is_refused(untouched: Target, case: str) -> None:
    is_refused(post(untouched, REFUSED[case][0]()))


def test_odd_bundles_are_refused(untouched: Target, tmp_path: Path) -> None:
    bundle = write_bundle(record_run(tmp_path / "run"))
    members, sound = unpacked(bundle), gzip.decompress(Path(bundle).read_bytes())
    last = next(reversed(members))
    refused = 0
    for what, data in (*odd_archives(members, last), *odd_packings(sound)):
        answer = post(untouched, gzip.compress(data, mtime=0) if not data.startswith(b"\x1f\x8b") else data)
        if answer.status_code == 201:  # odd, and means one thing
            requests.delete(f"{untouched.url}/runs/{answer.json()['id']}", timeout=60)
            continue
        refused += 1
        is_refused(answer)
        assert what
    assert refused > 50
    for digest, _ in list(untouched.services.evidence.digests()):
        untouched.services.evidence.remove(digest)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a\\..\\b", "..", "x" * 200, "-o", "$(id)", "\u202e"]
)
def test_a_name_is_a_word_and_never_a_path(target: Target, name: str) -> None:
    run = post(target, SOUND, name=name)
    assert run.status_code == 201
    path = f"{target.url}/runs/{run.json()['id']}"
    named = requests.get(f"{path}/evidence", timeout=60).headers["Content-Disposition"]
    file = named.partition('filename="')[2].partition('"')[0]
    assert file == Path(file).name
    assert not file.startswith(".")
    assert set("/\\$ \n") & set(file) == set()
    requests.delete(path, timeout=60)


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb", "a\0b", "\x1b[2J"])
def test_a_name_that_steers_or_is_none_is_refused(untouched: Target, name: str) -> None:
    is_refused(post(untouched, SOUND, name=name))


def test_a_test_name_with_what_no_database_keeps_is_kept_without_it(target: Target) -> None:
    data = json.dumps({"cpid": "", "results": [{"name": "a.b\0c"}, {"name": "a.\ud800"}]}).encode()
    answer = post(target, data)
    assert answer.status_code in {201, 422}
    if answer.status_code == 201:
        requests.delete(f"{target.url}/runs/{answer.json()['id']}", timeout=60)


def raw(target: Target, head: str, *pieces: bytes, ends: bool = False) -> bytes:
    """What the server says to a request as it is written."""
    place = urlsplit(target.url)
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        connection.sendall(f"POST {place.path}/runs?name=x HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        with suppress(ConnectionError):  # likewise below
            for piece in pieces:
                connection.sendall(piece)
        if ends:
            with suppress(OSError):  # it may have hung up by now
                connection.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):  # it does not read the rest of what it refuses
            while b"}" not in answer and (piece := connection.recv(1 << 16)):
                answer += piece
        return answer


def test_a_body_that_stands_still_is_refused(untouched: Target) -> None:
    assert b" 408 " in raw(untouched, "Content-Length: 1000", b"<testsuite>").partition(b"\r\n")[0]


def test_a_body_that_is_larger_than_taken_is_refused_before_it_is_sent(untouched: Target) -> None:
    assert b" 413 " in raw(untouched, f"Content-Length: {81 << 20}").partition(b"\r\n")[0]


def test_a_body_without_length_that_never_ends_is_refused(untouched: Target) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b"x" * (1 << 20)

    try:
        answer = requests.post(f"{untouched.url}/runs?name=x", data=endless(), timeout=60)
    except requests.ConnectionError:
        return  # it was told so, and hung up on
    is_refused(answer)


@pytest.mark.parametrize("head", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_a_body_that_breaks_off_leaves_nothing(untouched: Target, head: str) -> None:
    raw(untouched, head, b"5\r\n<test\r\n" if "chunked" in head else b"<testsuite>", ends=True)


@pytest.mark.parametrize(
    "head", ["Content-Length: -5", "Content-Length: 1\r\nContent-Length: 2", "Content-Length: 99999999999999999999999"]
)
def test_a_length_that_is_none_is_refused(untouched: Target, head: str) -> None:
    first = raw(untouched, head, b"hello", ends=True).partition(b"\r\n")[0]
    assert not first or b" 4" in first
