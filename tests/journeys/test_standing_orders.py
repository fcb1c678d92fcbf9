"""Standing orders on real clouds: two names of a sandbox, two runners that are killed at random, one verdict for each."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from certmark.domain.orders.terms import OrderTerms
from certmark.domain.permissions import Role
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, identifying, services_of
from certmark.server.services import offices, orders, tokens
from certmark.server.settings import read_settings
from certmark.server.store.orders import PROGRAMME
from support.server import answering

pytestmark = [pytest.mark.cloud, pytest.mark.enable_socket]
CERTMARK = [sys.executable, "-m", "certmark"]
NAMES = ("north", "south")
LEASE, GRACE = 8_000_000, 4_000_000
PATIENCE = 900.0


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("orders") / "sandbox"
    subprocess.run([*CERTMARK, "sandbox", "up", "--folder", folder], check=True, capture_output=True, timeout=900)
    yield folder
    subprocess.run(
        [*CERTMARK, "sandbox", "down", "--purge", "--folder", folder], check=False, capture_output=True, timeout=300
    )


def credentials(sandbox: Path, folder: Path) -> None:
    """Two clouds for a runner: the sandbox by two names, which a runner tests one after the other."""
    folder.mkdir()
    entry = yaml.safe_load((sandbox / "clouds.yaml").read_text())["clouds"]["certmark-sandbox"]
    (folder / "clouds.yaml").write_text(yaml.safe_dump({"clouds": dict.fromkeys(NAMES, entry)}))
    for name in NAMES:
        shutil.copy(sandbox / "accounts.yaml", folder / f"{name}.accounts.yaml")


def descendants(folder: Path) -> list[int]:
    """Processes that have to do with runs of a folder."""
    found = []
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdecimal() and str(folder).encode() in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def test_every_order_ends_in_one_verdict_whoever_dies(
    sandbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("domain.orders.assignments", "server.services.runners", "server.api.v2.runners"):
        monkeypatch.setattr(f"certmark.{module}.LEASE", LEASE)
    monkeypatch.setattr("certmark.domain.orders.assignments.GRACE", GRACE)
    credentials(sandbox, tmp_path / "clouds")
    settings = read_settings(
        None, {}, data=str(tmp_path / "data"), listen="127.0.0.1:1", public_url="https://x.example"
    )
    create(settings)
    chance = random.Random(22)  # noqa: S311 - who dies, and when; nothing secret
    with services_of(settings) as services, answering(application(services, identifying(services))) as url:
        office = Asker(add_identity(services, "office"), "office", EVERYTHING)
        offices.appoint(services, "office", frozenset({Role.OFFICE}), "")
        token, _ = tokens.make(services, office, "", tokens.A_DAY, tokens.OF_RUNNERS)
        given = []
        for name in NAMES:
            terms = OrderTerms(name, name, "object", workers=1)
            given.append(orders.add(services, office, PROGRAMME, terms, "by hand", 600).order.id)
            orders.start(services, office, given[-1])

        def begin(name: str) -> subprocess.Popen[bytes]:
            environment = os.environ | {"CERTMARK_HOME": str(tmp_path / "home"), "CERTMARK_TOKEN": token}
            words = ["--server", url, "--name", name, "--clouds", str(tmp_path / "clouds"), "--every", "1"]
            with (tmp_path / f"{name}.log").open("ab") as log:
                return subprocess.Popen(
                    [*CERTMARK, "runner", *words, "--clouds-at-once", "1"], env=environment, stderr=log
                )

        def are_over() -> bool:
            return all(one.state.is_end for order in given for one in orders.show(services, office, order).assignments)

        processes, kills = {name: begin(name) for name in ("one", "two")}, 0
        end, next_kill = time.monotonic() + PATIENCE, time.monotonic() + 8
        try:
            while not are_over() and time.monotonic() < end:
                time.sleep(0.25)
                if kills < 3 and time.monotonic() > next_kill:
                    name = chance.choice(("one", "two"))
                    processes[name].send_signal(signal.SIGKILL)
                    processes[name].wait()
                    processes[name] = begin(name)
                    kills, next_kill = kills + 1, time.monotonic() + chance.uniform(5, 15)
        finally:
            for process in processes.values():
                process.send_signal(signal.SIGTERM)
            for process in processes.values():
                process.wait(60)
        said = "".join((tmp_path / f"{name}.log").read_text() for name in processes)
        shown = [orders.show(services, office, order).assignments for order in given]
        assert [[one.result and one.result.value for one in ones] for ones in shown] == [["pass"], ["pass"]], said
        assert kills, "nobody was killed"
    assert descendants(tmp_path) == []
    left = [path.name for path in (tmp_path / "home" / "runners").glob("*/*") if path.name != "lock"]
    assert [name for name in left if any(name.startswith(str(one)) for one in given)] == []
