"""The doctor says what would fail: every kind of trouble, made for real, in a sentence without secrets."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from certmark.server.doctor import examine
from certmark.server.opening import services_of
from certmark.server.services import jobs, sources
from certmark.server.services.jobs import JobKind
from certmark.server.settings import ListenAddress, Settings, read_settings
from certmark.server.store import jobs as store
from certmark.server.store.jobs import NEVER
from support.loopback import free_port
from support.operated_server import certmark_server
from support.postgres import Postgres

pytestmark = pytest.mark.enable_socket
SECRET = "hunter22"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(None, {}, data=str(tmp_path / "data"), listen=f"127.0.0.1:{free_port()}")


def troubles(settings: Settings, config: Path | None = None) -> dict[str, str]:
    return {one.part: one.problem for one in examine(settings, config) if one.problem is not None}


def test_a_server_that_would_start_has_no_trouble(settings: Settings) -> None:
    assert troubles(settings) == {}


def test_an_address_that_is_taken(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = ListenAddress("127.0.0.1", taken.getsockname()[1])
        found = troubles(replace(settings, listen=address, metrics_listen=address))
    assert set(found) == {"address", "metrics"}
    assert "or the server is running" in found["address"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"listen": ListenAddress("0.0.0.0", 0)}, "set public_url"),  # noqa: S104 - that it is refused
        ({"public_url": "https://certmark.example.org"}, "trusted_proxies names none"),
    ],
)
def test_a_public_address_that_does_not_fit(settings: Settings, changes: dict[str, object], sentence: str) -> None:
    assert sentence in troubles(replace(settings, **changes))["public address"]  # type: ignore[arg-type]  # as the fields have it


def test_files_that_others_read(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text("")
    config.chmod(0o644)
    settings.data.mkdir(mode=0o755)
    settings.data.chmod(0o755)
    assert set(troubles(settings, config)) == {"settings", "folder"}


def test_certificates_that_are_none(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hello")
    assert "has no certificates" in troubles(replace(settings, ca_file=tmp_path / "ca.pem"))["certificates"]


def test_a_log_without_its_key(settings: Settings, tmp_path: Path) -> None:
    found = troubles(replace(settings, log_origin="certmark.example.org/log"))
    assert "log_key is not" in found["key of the log"]
    found = troubles(replace(settings, log_origin="certmark.example.org/log", log_key=tmp_path / "none"))
    assert "cannot be used" in found["key of the log"]


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://certmark:{SECRET}@127.0.0.1:1/certmark?connect_timeout=2",
        f"postgresql://certmark:{SECRET}@127.0.0.1:notaport/certmark",
        f"postgresql://certmark:{SECRET}/x@127.0.0.1/certmark?connect_timeout=2",
    ],
)
def test_a_database_that_is_away_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    done = certmark_server("doctor", data=str(tmp_path / "data"), listen="127.0.0.1:0", database_url=url)
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    started = certmark_server("serve", data=str(tmp_path / "data"), listen="127.0.0.1:0", database_url=url)
    assert started.returncode in {2, 5}
    assert SECRET not in started.stdout + started.stderr


def test_a_database_that_was_not_migrated(settings: Settings, postgres: Postgres) -> None:
    postgres.run("create database doctored")
    found = troubles(replace(settings, database_url=postgres.url("doctored")))
    assert found == {"database": "the database is empty; make its tables first (migrate)"}
    postgres.run("drop database doctored with (force)")


def test_evidence_that_cannot_be_kept(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = troubles(replace(settings, evidence_url=f"file://{tmp_path}/file/below"))
    assert found.keys() & {"evidence", "start"}


def test_readers_that_have_too_little_memory(settings: Settings) -> None:
    assert "to read than this server gives" in troubles(replace(settings, reading_memory=1 << 20))["reading"]


def test_sources_that_are_away_and_work_that_was_given_up(settings: Settings, tmp_path: Path) -> None:
    assert troubles(settings) == {}
    with services_of(settings) as services:
        sources.add(services, str(tmp_path / "nowhere"))
        with services.database.write() as transaction:
            jobs.ask(services, transaction, JobKind.JUDGE, "00")
            claimed = store.claim(transaction, services.clock() + 1, NEVER)
            assert claimed is not None
            store.postpone(transaction, claimed, NEVER, "it is broken")
    found = troubles(settings)
    assert (
        found["guidelines"] == f"{tmp_path / 'nowhere'}: [Errno 2] No such file or directory: '{tmp_path / 'nowhere'}'"
    )
    assert found["jobs"] == "judge 00 was given up: it is broken"
