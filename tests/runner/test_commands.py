"""Suites that are run by a command: one process for each group, results read afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from certmark.domain.results import Outcome
from certmark.formats.run_endings import Ending
from certmark.runner import events
from certmark.runner.journal import Journal
from certmark.runner.plan import Group
from certmark.runner.run import RunEnd, run_groups
from certmark.runner.workers import Commands, SuiteBroken
from support.toy import attempts_in, toy_record

WRITE = """
import os, sys, time
results, *tests = sys.argv[1:]
if "m.B.hangs" in tests: time.sleep(600)
if "m.B.dies" in tests: os.abort()
cases = "".join(f'<testcase classname="m.A" name="{test.rpartition(".")[2]}" time="0.5"/>' for test in tests)
open(results, "w").write(f'<testsuite name="x" tests="{len(tests)}">{cases}</testsuite>')
"""


def run(folder: Path, groups: Sequence[Group], heard: list[events.Event], limit: float = 1800.0) -> RunEnd:
    journal = Journal.create(str(folder), toy_record(), groups)
    crew = Commands(
        lambda tests, results: [sys.executable, "-c", WRITE, results, *tests], {}, str(folder), str(folder / "log")
    )
    streams = str(folder / "streams")
    return run_groups(crew, groups, 2, journal, heard.append, streams=streams, group_timeout=limit, ending="xml")


def test_each_group_has_a_file_of_results(tmp_path: Path) -> None:
    heard: list[events.Event] = []
    groups = [
        Group("m.A", ("m.A.test_1", "m.A.test_2"), 2.0),
        Group("m.C", ("m.C.test_3",), 1.0),
        Group("m.D", ("m.D.test_4",), 0.5),
    ]
    end = run(tmp_path, groups, heard)
    assert (end.ended, end.left) == (3, 0)
    assert len(list((tmp_path / "streams").iterdir())) == 3
    assert {event.test: event.outcome for event in heard if isinstance(event, events.CaseEnded)} == {
        f"m.A.test_{number}": "success" for number in (1, 2, 3, 4)
    }
    told = {attempt.name: attempt.outcome for attempt in attempts_in(tmp_path)}
    assert told == {f"m.A.test_{number}": Outcome.PASSED for number in (1, 2, 3, 4)}


@pytest.mark.parametrize(("test", "ending"), [("m.B.hangs", Ending.TIMED_OUT), ("m.B.dies", Ending.DIED)])
def test_a_command_that_hangs_or_dies_costs_its_group(
    tmp_path: Path, hour_after: Callable[[Callable[[], bool]], None], test: str, ending: Ending
) -> None:
    heard: list[events.Event] = []
    if ending is Ending.TIMED_OUT:
        hour_after(lambda: any(isinstance(event, events.GroupEnded) and event.group == "m.A" for event in heard))
    run(tmp_path, [Group("m.A", ("m.A.test_1",), 1.0), Group("m.B", (test,), 1.0)], heard, limit=1800.0)
    endings = {event.group: event.ending for event in heard if isinstance(event, events.GroupEnded)}
    assert endings == {"m.A": Ending.ENDED, "m.B": ending}


def test_a_command_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    crew = Commands(lambda _tests, _results: ["/nowhere/runner"], {}, str(tmp_path), str(tmp_path / "log"))
    with pytest.raises(SuiteBroken, match="/nowhere/runner cannot be started: No such file or directory"):
        crew.start(0, Group("m.A", (), 1.0), str(tmp_path / "results"))
    crew.close()
