"""certmark run --submit --live as a person uses it: real processes, a small suite, a real server that may go away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.applications import Starlette

from certmark.cli.exits import Exit
from certmark.formats.guideline import load
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from support.server import answering
from support.toy import SUITES
from support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.enable_socket
CERTMARK = [sys.executable, "-m", "certmark"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Starlette]:
    """A server that knows by what the small suite is judged."""
    settings = read_settings(None, {}, data=str(tmp_path / "server"))
    create(settings)
    with services_of(settings) as services:
        known = load(str(SUITES / "slow.txt"))
        with services.database.write() as transaction:
            revision = Revision(bytes.fromhex(known.sha256), known.id, "", "a test", 1)
            guidelines.add(transaction, revision, known.data)
        asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        yield application(services, lambda _: asker)


class Begun:
    """A run that goes on, and waits for the gate to open before each slow test."""

    def __init__(self, folder: Path, url: str) -> None:
        self.run, self._gate, self.said = folder / "run", folder / "gate", folder / "said"
        self.env = {
            **os.environ,
            **{name: str(folder / name.lower()) for name in ("CERTMARK_HOME", "CERTMARK_CACHE", "TOY_LOG")},
            "TOY_SECONDS": "0.01",
            "TOY_GATE": str(self._gate),
            "TOY_FREE": "0",
        }
        suite = ["-g", str(SUITES / "slow.txt"), "--suite", str(SUITES / "toy.json"), "--tempest", sys.executable]
        there = ["--submit", "--live", "--server", url, "--product", "Acme/Toy", "--version", "1", "--tag", "ci=1"]
        with self.said.open("wb") as said:
            words = [*CERTMARK, "run", *suite, "--folder", str(self.run), *there]
            self.process = subprocess.Popen(words, env=self.env, stdout=said, stderr=said)

    def end(self) -> str:
        """Let it end; what it said."""
        self._gate.touch()
        self.process.wait(PATIENCE)
        return self.said.read_text()


@contextmanager
def begun(folder: Path, url: str) -> Iterator[Begun]:
    """A run of which the server has heard."""
    one = Begun(folder, url)
    try:
        wait_until(lambda: any(run["progress"] for run in ask(url, "live")))  # it is told at once that it began
        yield one
    finally:
        one.end()


def ask(url: str, what: str) -> list[Any]:
    return list(requests.get(f"{url}/api/v2/{what}", timeout=60).json()[what])


def test_a_run_is_seen_while_it_goes_on_and_sent_when_it_has_ended(served: Starlette, tmp_path: Path) -> None:
    with answering(served) as url, begun(tmp_path, url) as one:
        (live,) = ask(url, "live")
        assert (live["vendor"], live["progress"]["done"], live["progress"]["ended"]) == ("Acme", 0, False)
        assert live["progress"]["planned"] > 0
        said = one.end()
        assert one.process.returncode == Exit.OK, said
        (run,) = ask(url, "runs")
        assert ask(url, "live") == []
        assert f"as run {run['id']}" in said
        assert (run["verdict"]["standing"], run["verdict"]["is_partial"]) == ("pass", False)
        assert (run["vendor"], run["product"], run["version"]) == ("Acme", "Toy", "1")


@pytest.mark.thorough
def test_a_server_that_goes_away_changes_nothing_of_a_run_which_is_sent_later(
    served: Starlette, tmp_path: Path
) -> None:
    with answering(served) as url:
        process = begun(tmp_path, url)
        one = process.__enter__()
    said = one.end()
    assert one.process.returncode == Exit.ENVIRONMENT
    assert "PASS" in said
    assert "the run is judged, and was not sent" in said
    assert f"certmark submit {one.run}" in said
    assert said.count("the server is not told how far the run is") == 1
    with answering(served) as url:
        words = [*CERTMARK, "submit", str(one.run), "--server", url]
        assert subprocess.run(words, env=one.env, capture_output=True, timeout=PATIENCE, check=False).returncode == 0
        assert [run["verdict"]["standing"] for run in ask(url, "runs")] == ["pass"]
