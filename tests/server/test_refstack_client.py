"""The real refstack-client of Debian goes on working: only the address is another one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.postgres import Postgres
from support.refstack_client import refstack_client, unpacked
from support.refstack_server import RefstackServer, pem_of, refstack_server, upload

pytestmark = pytest.mark.enable_socket
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "certmark-tests"
STREAM = b"""time: 2026-11-29 00:00:00.000000Z
test: a.B.passes[id-6f8e4436-fc96-4282-8122-e41df57197a9]
success: a.B.passes[id-6f8e4436-fc96-4282-8122-e41df57197a9]
test: a.B.fails
failure: a.B.fails [
no
]
"""
"""Subunit of version 1, the only one that it reads."""
SENT = re.compile(r"URL: (\S+)/runs/([0-9a-f-]{36})$", re.MULTILINE)


@pytest.fixture(scope="module")
def theirs() -> Path:
    return unpacked(_CACHE)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RefstackServer]:
    folder = tmp_path_factory.mktemp("refstack")
    (folder / "data").mkdir()
    url = f"sqlite:///{folder / 'certmark.sqlite'}"
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres.run("create database refstack_client")
        url = postgres.url("refstack_client")
    with refstack_server(folder, url) as found:
        yield found
    if request.param == "postgresql":
        postgres.run("drop database refstack_client with (force)")


def test_it_uploads_and_lists(theirs: Path, server: RefstackServer, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_bytes(upload("a.b", "a.c", cpid="0123456789abcdef0123456789abcdef"))
    (tmp_path / "stream").write_bytes(STREAM)
    (tmp_path / "key.pem").write_bytes(pem_of("ada"))
    url = f"{server.url}/api"

    def sent(address: str, *words: str) -> str:
        done = refstack_client(theirs, address, *words, home=tmp_path)
        found = SENT.search(done.stdout + done.stderr)
        assert found is not None, done.stdout + done.stderr
        return found[2]

    unsigned = sent(url, "upload", "-y", "results.json")
    assert server.ask("GET", f"/v1/results/{unsigned}").json()["results"] == ["a.b", "a.c"]
    # The client puts the address before its own path, and so asks for `//v1/results/`.
    assert sent(f"{server.url}/", "upload", "-y", "results.json") != unsigned

    mine = sent(url, "upload", "-y", "-i", "key.pem", "results.json")
    assert server.ask("GET", f"/v1/results/{mine}").status_code == 404
    assert server.ask("GET", f"/v1/results/{mine}", "ada").json()["user_role"] == "owner"

    of_stream = sent(
        url, "upload-subunit", "-y", "--keystone-endpoint", "http://keystone.example.com:5000/v3", "stream"
    )
    record = server.ask("GET", f"/v1/results/{of_stream}", "office").json()
    assert (record["results"], record["duration_seconds"]) == (["a.B.passes"], 0)
    assert record["cpid"] == "b33dc8a37c8607c6a7612f6296139578"

    listed = refstack_client(theirs, url, "list", typed="\n" * 9, home=tmp_path)
    assert all(f"/runs/{run}" in listed.stdout for run in (unsigned, of_stream))
    assert mine not in listed.stdout
    assert "RuntimeError" in listed.stderr, "as it ends on a Python of today, after the last page"
    early = ("--start-date", "2001-01-01 00:00:00", "--end-date", "2001-01-02 00:00:00")
    assert unsigned not in refstack_client(theirs, url, "list", *early, typed="\n" * 9, home=tmp_path).stdout


def test_it_shows_why_something_was_refused(theirs: Path, server: RefstackServer, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(pem_of("mallory"))
    (tmp_path / "empty.json").write_text(json.dumps({"cpid": "", "duration_seconds": 0, "results": []}))
    (tmp_path / "results.json").write_bytes(upload("a.b"))
    for words, sentence in (
        (("empty.json",), "Uploaded results must contain at least one passing test."),
        (("-i", "key.pem", "results.json"), "User with specified key not found."),
    ):
        done = refstack_client(theirs, f"{server.url}/api", "upload", "-y", *words, home=tmp_path)
        assert sentence in done.stdout + done.stderr
