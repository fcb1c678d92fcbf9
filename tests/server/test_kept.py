"""Acknowledged means kept: real servers, killed at random, without room, without their database or their storage.

`CERTMARK_KILLS` says how often each server is killed, a few times where it says nothing; `CERTMARK_LOAD` for how many
seconds at most it works before that. Many kills and seconds make a soak.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from certmark.server.jobs.kinds import KINDS
from certmark.server.jobs.working import work_once
from certmark.server.opening import create, services_of
from certmark.server.services import guidelines, sources
from certmark.server.services.collecting import collect
from certmark.server.services.context import Services
from certmark.server.services.upkeep import every_run
from certmark.server.services.verifying import verify
from certmark.server.settings import read_settings
from certmark.server.store import upkeep
from certmark.server.store.migrating import migrate
from support.postgres import PROGRAMS, Postgres
from support.server_process import Clients, ServerProcess, WorkerProcess, listed
from support.surveys import guideline_document
from support.waiting import wait_until

pytestmark = pytest.mark.enable_socket
LOAD = float(os.environ.get("CERTMARK_LOAD", "1.5"))
ROUNDS_OF_A_REVISION = 40
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


@dataclass
class Parts:
    """What is killed: a server and its workers, and PostgreSQL below them."""

    data: Path
    settings: Mapping[str, str]
    database: Postgres | None
    server: ServerProcess = field(init=False)
    workers: list[WorkerProcess] = field(init=False)

    def start(self) -> None:
        self.server = ServerProcess(self.data, self.settings)
        self.workers = [WorkerProcess(self.data, self.settings) for _ in range(1 if self.database is None else 2)]

    def kill(self, source: random.Random) -> None:
        """Some of them first, then the others; the database is there again afterwards."""
        parts: list[ServerProcess | WorkerProcess | Postgres] = [self.server, *self.workers]
        parts += [] if self.database is None else [self.database]
        source.shuffle(parts)
        for part in parts:
            part.kill()
            time.sleep(source.choice([0, 0, 0.3]))
        if self.database is not None:
            self.database.start()


@pytest.mark.thorough
def test_what_is_killed_at_any_point_loses_nothing_that_it_acknowledged(
    url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    migrate(url)
    is_sqlite = url.startswith("sqlite")
    parts = Parts(
        tmp_path / "data",
        {"database_url": url, "guidelines_every": "1"},
        None if is_sqlite else request.getfixturevalue("durable"),
    )
    seed = int(os.environ.get("CERTMARK_SEED", "1"))
    source, clients = random.Random(seed), Clients(seed, "kept")  # noqa: S311 - moments at which to kill
    _publish(tmp_path, url, 0)
    checked: set[str] = set()
    for number in range(KILLS):
        parts.start()
        new = clients.acknowledged.keys() - checked
        clients.check(parts.server, sorted(new))
        checked |= new
        load = threading.Thread(target=clients.load, args=(parts.server, lambda: False))
        load.start()
        if number % ROUNDS_OF_A_REVISION == 0:
            _publish(tmp_path, url, number + 1)
        time.sleep(source.uniform(0.02, LOAD))
        parts.kill(source)
        load.join()
    server = ServerProcess(tmp_path / "data", {"database_url": url})
    clients.check_everything(server)
    server.stop()
    _check_store(url, tmp_path, clients)
    LOG.info("%d kills, %d uploads, %d acknowledged before a kill", KILLS, len(clients.sent), len(checked))


def _publish(folder: Path, url: str, number: int) -> None:
    """A revision of the guideline; every run is to be judged by it, too."""
    place = folder / "kept.json"
    document = guideline_document({f"m.C.test_{number + test}": {"idempotent_id": ""} for test in range(5)})
    document["metadata"]["id"] = "kept"
    place.with_suffix(".new").write_text(json.dumps(document))
    place.with_suffix(".new").replace(place)
    if number == 0:
        with _services(url, folder) as services:
            sources.add(services, str(place))


@contextmanager
def _services(url: str, folder: Path) -> Iterator[Services]:
    settings = read_settings(None, {}, data=str(folder / "data"), database_url=url)
    settings.data.mkdir(exist_ok=True)
    create(settings)
    with services_of(settings) as services:
        yield services


def _check_store(url: str, folder: Path, clients: Clients) -> None:
    """Nothing is left of uploads that broke off, once it is collected; all that is named stays, and was judged."""
    large = {content for content in clients.sent.values() if len(content) > 256 << 10}
    with _services(url, folder) as services:
        collect(services, grace=-10)
        assert len(list(services.evidence.digests())) == len(large)
        assert not list((folder / "data" / "evidence" / "unfinished").iterdir())
        later = replace(services, clock=lambda: services.clock() + 3600 * 10**6)  # no lease holds then
        sources.refresh(later)
        work_next_all(later)
        newest = guidelines.revision_of(services, "kept").digest
        judged = [kept.run for kept in every_run(services)]
        with services.database.read() as transaction:
            for run in judged:
                beside = {one.guideline for one in upkeep.verdicts_beside(transaction, run.id)}
                assert newest in {run.guideline, *beside}
        assert list(verify(services)) == []


def work_next_all(services: Services) -> None:
    """Do what is asked for beside the regular work."""
    kinds = {kind: KINDS[kind] for kind in KINDS} | dict.fromkeys(("collect", "sources"), lambda *_: None)
    work_once(services, kinds)


@pytest.mark.thorough
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


@pytest.mark.thorough
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
        wait_until(lambda: server.ask("GET", "/api/v2/runs")[0] == 200)
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
