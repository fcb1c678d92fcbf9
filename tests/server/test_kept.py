"""Acknowledged means kept: real servers, killed at random, without room, without their database or their storage.

`CERTMARK_KILLS` says how often each server is killed; a few times where it says nothing.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.server.opening import services_of
from certmark.server.services.collecting import collect
from certmark.server.settings import read_settings
from certmark.server.store.migrating import migrate
from support.postgres import PROGRAMS, Postgres
from support.server_process import Clients, ServerProcess, listed

pytestmark = pytest.mark.enable_socket
LOG = logging.getLogger(__name__)
KILLS = int(os.environ.get("CERTMARK_KILLS", "2"))
DURABLE = ("fsync=off", "full_page_writes=off")
"""Processes are killed here, not the machine."""


@pytest.fixture(scope="module")
def durable() -> Iterator[Postgres]:
    if not PROGRAMS:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    server = Postgres(*DURABLE)
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        yield f"sqlite:///{tmp_path / 'data' / 'certmark.sqlite'}"
        return
    server: Postgres = request.getfixturevalue("durable")
    server.run("create database kept")
    yield server.url("kept")
    server.run("drop database kept with (force)")


def test_a_server_that_is_killed_at_any_point_loses_nothing_that_it_acknowledged(url: str, tmp_path: Path) -> None:
    migrate(url)
    seed = int(os.environ.get("CERTMARK_SEED", "1"))
    source, clients = random.Random(seed), Clients(seed)  # noqa: S311 - moments at which to kill
    checked: set[str] = set()
    for _ in range(KILLS):
        server = ServerProcess(tmp_path / "data", {"database_url": url})
        new = clients.acknowledged.keys() - checked
        clients.check(server, sorted(new))
        checked |= new
        load = threading.Thread(target=clients.load, args=(server, lambda: False))
        load.start()
        time.sleep(source.uniform(0.02, 1.5))
        server.kill()
        load.join()
    server = ServerProcess(tmp_path / "data", {"database_url": url})
    clients.check_everything(server)
    server.stop()
    _check_evidence(url, tmp_path, clients)
    LOG.info("%d kills, %d uploads, %d acknowledged before a kill", KILLS, len(clients.sent), len(checked))


def _check_evidence(url: str, folder: Path, clients: Clients) -> None:
    """Nothing is left of uploads that broke off, once it is collected; all that is named stays."""
    settings = read_settings(None, {}, data=str(folder / "data"), database_url=url)
    large = {content for content in clients.sent.values() if len(content) > 256 << 10}
    with services_of(settings) as services:
        collect(services, grace=-10)
        assert len(list(services.evidence.digests())) == len(large)
        assert not list((folder / "data" / "evidence" / "unfinished").iterdir())


def test_a_server_without_room_says_so_and_keeps_what_it_acknowledged(url: str, tmp_path: Path) -> None:
    migrate(url)
    clients = Clients(7)
    server = ServerProcess(tmp_path / "data", {"database_url": url}, largest_file=280 << 10)
    clients.load(server, lambda: len(clients.refused) > 3 or len(clients.sent) > 60)
    known = dict(clients.acknowledged)
    statuses = {status for status, _ in clients.refused.values()}
    assert statuses == {503}
    assert listed(server).keys() >= set(known.values())
    server.stop()
    server = ServerProcess(tmp_path / "data", {"database_url": url})
    clients.check_everything(server)
    server.stop()


def test_a_database_that_goes_away_loses_nothing_and_is_used_again_when_it_is_back(
    durable: Postgres, tmp_path: Path
) -> None:
    durable.run("create database away")
    url = durable.url("away")
    migrate(url)
    clients, server = Clients(3), ServerProcess(tmp_path / "data", {"database_url": url})
    try:
        for _ in range(KILLS):
            begun = len(clients.sent)
            load = threading.Thread(target=clients.load, args=(server, lambda b=begun: len(clients.sent) > b + 60))
            load.start()
            time.sleep(0.7)
            durable.kill()
            time.sleep(0.2)
            durable.start()
            load.join()
        assert {status for status, _ in clients.refused.values()} <= {503}
        clients.check_everything(server)
    finally:
        server.kill()
        durable.run("drop database away with (force)")


def test_storage_that_goes_away_is_told_and_nothing_is_half_visible(url: str, tmp_path: Path) -> None:
    migrate(url)
    clients, server = Clients(5), ServerProcess(tmp_path / "data", {"database_url": url})
    store, aside = tmp_path / "data" / "evidence", tmp_path / "aside"
    clients.load(server, lambda: len(clients.sent) > 12)
    store.rename(aside)
    store.write_text("no folder")
    clients.load(server, lambda: len(clients.refused) > 1)
    assert {status for status, _ in clients.refused.values()} == {503}
    shown = set(listed(server).values())
    assert not shown & clients.refused.keys()
    store.unlink()
    shutil.move(aside, store)
    clients.check_everything(server)
    server.stop()
