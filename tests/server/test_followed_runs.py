"""Runs of which a server hears: how far they are while they go on, and their bundle at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import requests

from certmark.app.remote import ServerRequest, SubmitRequest, server_of
from certmark.app.run import submitting
from certmark.app.run.finish import RunListeners, StoppedRun
from certmark.cli.exits import Exit
from certmark.client.values import AboutSubmission
from certmark.domain.remarks import Remark
from certmark.runner.events import CaseEnded, Event, GroupBegan, RunBegan, RunEnded
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.settings import read_settings
from support.said import Said
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


class Served(NamedTuple):
    """A server, as it is now and as it will be an hour later."""

    now: str
    later: str


@pytest.fixture(scope="module")
def url(served: Served) -> str:
    return served.now


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of one folder."""
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("server")))
    create(settings)
    with services_of(settings) as services:
        asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        hour_later = replace(services, clock=lambda: services.clock() + 3600 * 10**6)
        with (
            answering(application(services, lambda _: asker)) as now,
            answering(application(hour_later, lambda _: asker)) as later,
        ):
            yield Served(now, later)


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


def test_what_goes_on_is_seen_by_whoever_looks_and_what_vanished_is_told(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(*words: str, url: str = served.now) -> Said:
        return Said([*words, "--server", url], capsys)

    about = AboutSubmission(name="run", program="object")
    told = submitting.LiveTelling(server_of(ServerRequest(url=served.now)), about, lambda _: None, every=0.01)
    told.begin()
    (begun,) = say("remote", "list", "--json").json["live"]
    assert (begun["progress"], begun["is_silent"]) == (None, False)
    with told.telling() as hear:
        for event in EVENTS[:-1]:
            hear(event)
    listed, shown = say("remote", "list").out, say("remote", "show", begun["id"]).out
    assert "goes on: 2 of 2 tests, 1 failed" in listed
    assert "goes on: 2 of 2 tests, 1 failed" in shown
    assert say("remote", "show", begun["id"], "-f", "json").json["live"]["progress"]["failed"] == 1
    assert "it may have vanished: 2 of 2" in say("remote", "list", url=served.later).out
    assert say("remote", "list", "--program", "object", "--json").json["live"] == []
    with told.telling() as hear:
        hear(EVENTS[-1])
    assert "ended: 2 of 2" in say("remote", "show", begun["id"], url=served.later).out
    told.end()
    assert say("remote", "show", begun["id"]).status == Exit.USAGE


def test_a_server_that_comes_back_hears_of_a_run_that_it_did_not_see_begin(url: str) -> None:
    remarks: list[Remark] = []
    server = server_of(ServerRequest(url="http://127.0.0.1:9"))
    told = submitting.LiveTelling(server, AboutSubmission(name="run"), remarks.append, every=0.01)
    told.begin()
    told._server = server_of(ServerRequest(url=url))  # noqa: SLF001 - it is at the same address again
    with told.telling() as hear:
        hear(EVENTS[0])
    assert (len(remarks), len(live(url))) == (1, 1)
    told.end()
    assert live(url) == []


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
