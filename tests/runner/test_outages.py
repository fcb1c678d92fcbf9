"""A cloud that goes away while it is tested costs time, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certmark.domain import outages
from certmark.domain.results import Outcome
from certmark.formats.run_endings import Ending
from certmark.runner import cloud_watch, events
from certmark.runner.journal import Journal
from certmark.runner.loading import load_run
from certmark.runner.run import RunEnd, run_groups
from certmark.runner.workers import ForkPool
from support.toy import toy_environment, toy_groups, toy_record

TESTS = [f"clouded.{name}.test_{number}" for name in ("First", "Second", "Third") for number in (1, 2)]


class Cloud:
    """A cloud that is away as long as a file is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.away = folder / "away"
        self.heard: list[events.Event] = []
        self.asked = 0
        self.on_event: Callable[[events.Event], None] = lambda _: None

    def probe(self) -> str | None:
        self.asked += 1
        return "identity refuses the connection" if self.away.exists() else None

    def run(self, *names: str, workers: int = 1, **env: str) -> RunEnd:
        """Test it."""
        groups = toy_groups(names)
        places = {"TOY_AWAY": str(self.away), "TOY_LOG": str(self.folder / "ran")}
        environment = toy_environment(self.folder, **places, **env)
        journal = Journal.create(self.folder, toy_record(), groups)
        crew = ForkPool(sys.executable, environment, str(self.folder), str(self.folder / "log"))

        def hear(event: events.Event) -> None:
            self.heard.append(event)
            self.on_event(event)

        try:
            streams = str(self.folder / "streams")
            return run_groups(crew, groups, workers, journal, hear, streams=streams, probe=self.probe)
        finally:
            journal.close()

    def comes_back(self, event: events.Event) -> None:
        """As soon as it was found away."""
        if isinstance(event, events.OutageBegan):
            self.away.unlink()

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kind)]

    def last(self) -> dict[str, Outcome]:
        """The last outcome of each test, as the run is judged."""
        results = load_run(self.folder).results
        return {name: results.attempts(name)[-1].outcome for name in results.names if "(" not in name}

    def attempts(self) -> set[Outcome]:
        results = load_run(self.folder).results
        return {attempt.outcome for name in results.names for attempt in results.attempts(name)}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setattr(cloud_watch, "_PAUSE", 0.01)
    return Cloud(tmp_path)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_outage_that_ends_costs_nothing_but_further_attempts(cloud: Cloud, workers: int) -> None:
    cloud.away.touch()
    cloud.on_event = cloud.comes_back
    end = cloud.run(*TESTS, workers=workers)
    assert (end.is_whole, end.given_up) == (True, 0)
    assert cloud.last() == {f"toy.{name}": Outcome.PASSED for name in TESTS}
    assert cloud.attempts() == {Outcome.PASSED, Outcome.UNFINISHED}
    (ended,) = cloud.of(events.OutageEnded)
    assert ended.answers


def test_no_class_begins_while_the_cloud_is_away(cloud: Cloud) -> None:
    cloud.away.touch()
    cloud.on_event = cloud.comes_back
    cloud.run(*TESTS)
    kinds = [type(event) for event in cloud.heard]
    away = kinds[kinds.index(events.OutageBegan) : kinds.index(events.OutageEnded)]
    assert events.GroupBegan not in away
    assert kinds.index(events.OutageBegan) < 20


def test_an_outage_for_good_is_a_gap_and_no_failure(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "PATIENCE", 0.05)
    cloud.away.touch()
    end = cloud.run(*TESTS)
    assert (end.is_whole, end.given_up) == (True, 3)
    assert len(cloud.of(events.OutageBegan)) == 1
    assert cloud.attempts() == {Outcome.UNFINISHED}
    loaded = load_run(cloud.folder)
    assert loaded.history.is_whole
    assert [end.group for end in loaded.history.endings if end.ending is Ending.GIVEN_UP] == [
        f"toy.clouded.{name}" for name in ("First", "Second", "Third")
    ]
    (remark,) = loaded.results.evidence[0].circumstances
    assert "the cloud was away from " in remark
    assert "UTC on (identity refuses the connection); what was under way or left" in remark


def test_a_cloud_that_breaks_a_rule_with_500_and_answers_is_not_away(cloud: Cloud) -> None:
    end = cloud.run("clouded.Genuine.test_1", *TESTS)
    assert end.is_whole
    assert cloud.of(events.OutageBegan) == []
    assert cloud.last()["toy.clouded.Genuine.test_1"] is Outcome.FAILED


def test_an_outage_that_a_single_last_answer_tells_is_found(cloud: Cloud) -> None:
    cloud.on_event = cloud.comes_back
    cloud.away.touch()
    cloud.run("clouded.First.test_1")
    assert cloud.last() == {"toy.clouded.First.test_1": Outcome.PASSED}


def test_a_tear_down_that_fails_by_an_outage_is_one_of_its_answers(cloud: Cloud) -> None:
    cloud.on_event = cloud.comes_back
    goes = cloud.folder / "goes"
    goes.write_text("once")
    cloud.run("clouded.TornDown.test_1", TOY_GOES=str(goes))
    assert len(cloud.of(events.OutageBegan)) == 1
    assert [end.ending for end in load_run(cloud.folder).history.endings] == [Ending.ENDED, Ending.ENDED]


@pytest.mark.thorough
def test_a_class_that_takes_the_cloud_away_each_time_is_not_run_for_ever(cloud: Cloud) -> None:
    cloud.on_event = cloud.comes_back
    goes = cloud.folder / "goes"
    goes.write_text("always")
    end = cloud.run("clouded.TornDown.test_1", TOY_GOES=str(goes))
    assert (end.is_whole, end.given_up) == (True, 1)
    assert len(cloud.of(events.OutageBegan)) == outages.MOST_REPEATS + 1
    assert load_run(cloud.folder).history.endings[-1].ending is Ending.GIVEN_UP


def test_a_run_that_is_killed_during_an_outage_knows_what_to_run_again(cloud: Cloud) -> None:
    class Killed(Exception):
        pass

    def kill(event: events.Event) -> None:
        if isinstance(event, events.OutageBegan):
            raise Killed

    cloud.on_event = kill
    cloud.away.touch()
    with pytest.raises(Killed):
        cloud.run(*TESTS)
    history = Journal.read(cloud.folder)
    assert {group.name for group in history.to_run} == {f"toy.clouded.{name}" for name in ("First", "Second", "Third")}
    assert cloud.attempts() == {Outcome.UNFINISHED}
