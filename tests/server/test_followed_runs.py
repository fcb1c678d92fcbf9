"""Runs of which a server hears: how far they are while they go on, and their bundle at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from certmark.app.remote import ServerRequest, SubmitRequest, server_of
from certmark.app.run import submitting
from certmark.app.run.finish import RunListeners, StoppedRun
from certmark.client.values import AboutSubmission
from certmark.domain.remarks import Remark
from certmark.runner.events import CaseEnded, Event, GroupBegan, RunBegan, RunEnded
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.settings import read_settings
from support.server import answering
from support.signed import Signed

pytestmark = pytest.mark.enable_socket
EVENTS: tuple[Event, ...] = (
    RunBegan("r", 1, 2, 1, 9.0),
    GroupBegan("a.B", 0, 2, 9.0),
    CaseEnded("a.B.c", "a.B", 0, "success", 0.1, ""),
    CaseEnded("a.B.d", "a.B", 0, "fail", 0.1, "no \x1b[2J"),
    RunEnded("r", 1.0, is_whole=True),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of one folder."""
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("server")))
    create(settings)
    with services_of(settings) as services:
        asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        with answering(application(services, lambda _: asker)) as address:
            yield address


def live(url: str) -> list[dict[str, Any]]:
    return list(requests.get(f"{url}/api/v2/live", timeout=60).json()["live"])


def ran(ended: object) -> Callable[[object, RunListeners], object]:
    """A run with these events, in the place of one on a cloud."""

    def run_cloud(_: object, listeners: RunListeners) -> object:
        with listeners.display as hear:
            for event in EVENTS:
                hear(event)
        return ended

    return run_cloud


def test_a_server_hears_how_far_a_run_is(url: str) -> None:
    server = server_of(ServerRequest(url=url))
    told = submitting.LiveTelling(server, AboutSubmission(name="run", program="object"), lambda _: None, every=0.01)
    told.begin()
    with told.telling() as hear:
        for event in EVENTS:
            hear(event)
    (found,) = live(url)
    progress = found["progress"]
    assert (progress["planned"], progress["passed"], progress["failed"], progress["ended"]) == (2, 1, 1, True)
    assert "\x1b" not in progress["sentence"]
    told.end()
    assert live(url) == []


def test_a_server_that_is_away_is_said_once_and_never_weighs_on_the_run() -> None:
    remarks: list[Remark] = []
    heard: list[Event] = []
    server = server_of(ServerRequest(url="http://127.0.0.1:9"))
    told = submitting.LiveTelling(server, AboutSubmission(name="run"), remarks.append, every=0.01)
    told.begin()
    with told.telling() as hear:
        for event in EVENTS * 4:
            hear(event)
            heard.append(event)
    assert len(heard) == 20
    (remark,) = remarks
    assert "is not told how far the run is" in remark.text


def test_a_run_is_sent_when_it_has_ended_and_is_not_live_any_more(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = Signed(tmp_path)
    ended: Any = SimpleNamespace(judged=SimpleNamespace(folder=SimpleNamespace(path=signed.run)))
    monkeypatch.setattr(submitting, "run_cloud", ran(ended))
    request = SubmitRequest(server=ServerRequest(url=url), artifacts=(), tags={"followed": "yes"})
    found = submitting.run_and_submit(None, request, RunListeners(), is_live=True, is_sent=True)  # type: ignore[arg-type]  # nothing runs
    assert found.came_to is ended
    assert found.submitted is not None
    run = requests.get(f"{url}/api/v2/runs/{found.submitted.id}", timeout=60).json()
    assert (run["suite"], run["tags"]) == ("toy 1", {"followed": "yes"})
    assert live(url) == []


def test_a_run_that_was_stopped_is_not_sent(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = StoppedRun("r", 3)
    monkeypatch.setattr(submitting, "run_cloud", ran(stopped))
    request = SubmitRequest(server=ServerRequest(url=url), artifacts=(), tags={"stopped": "yes"})
    found = submitting.run_and_submit(None, request, RunListeners(), is_live=False, is_sent=True)  # type: ignore[arg-type]  # nothing runs
    assert found == (stopped, None)
    assert requests.get(f"{url}/api/v2/runs?tag=stopped%3Dyes", timeout=60).json()["runs"] == []
