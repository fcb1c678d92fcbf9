"""What a person, or a program, sees while a run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import certmark
from certmark.cli.console import Console
from certmark.cli.run.displays import JsonLines, Live, PlainLines, Silence, display_for
from certmark.formats.run_endings import Ending
from certmark.reporting.progress.run import RunningGroup, RunTally, duration, ending_line, trouble
from certmark.runner import events

SCHEMAS = Path(certmark.__file__).parent / "data" / "schemas" / "output"
STORY: list[events.Event] = [
    events.RunBegan("r", 2, 3, 1, 100.0),
    events.GroupBegan("m.A", 0, 2, 60.0),
    events.CaseBegan("m.A.test_1[id-0b5f2e1c-0000-4000-8000-000000000001]", "m.A", 0),
    events.CaseEnded("m.A.test_1[id-0b5f2e1c-0000-4000-8000-000000000001]", "m.A", 0, "success", 0.5, ""),
    events.CaseEnded("m.A.test_2", "m.A", 0, "fail", 0.5, "ValueError: \x1b[31mred"),
    events.GroupEnded("m.A", 0, Ending.ENDED, 1.25, (), 40.0),
    events.GroupBegan("m.B", 0, 1, 40.0),
    events.CaseEnded("setUpClass (m.B)", "m.B", 0, "skip", 0.0, "no such service"),
    events.GroupEnded("m.B", 0, Ending.TIMED_OUT, 40.0, (), 0.0),
    events.RunEnded("r", 41.5, is_whole=True),
]


def test_in_a_pipe_there_is_a_line_for_each_class_and_each_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainLines() as display:
        for event in STORY:
            display(event)
    assert capsys.readouterr().err.splitlines() == [
        "3 tests in 2 classes, 1 at a time; about 2 min",
        "  failed: m.A.test_2: ValueError: \\x1b[31mred",
        "[   2/3] m.A ended in 1.2 s; 1 passed, 1 failed; 40 s left",
        "[   3/3] m.B timed-out in 40.0 s; 1 passed, 1 failed, 1 skipped; 0 s left",
    ]


def test_events_are_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    with JsonLines() as display:
        for event in STORY:
            display(event)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in told][:3] == ["run-began", "group-began", "test-began"]
    assert told[5] == {
        "event": "group-ended",
        "group": "m.A",
        "worker": 0,
        "ending": "ended",
        "seconds": 1.25,
        "lost": [],
        "left": 40.0,
    }


def test_the_live_display_draws_and_keeps_failures(capsys: pytest.CaptureFixture[str]) -> None:
    with Live(colour=False) as display:
        for event in STORY[:-1]:
            display(event)
        display._picture()  # noqa: SLF001 - drawn by a thread else
        display(STORY[-1])
    shown = capsys.readouterr().err
    assert "failed: m.A.test_2: ValueError: \\x1b[31mred" in shown
    assert "1 passed, 1 failed, 1 skipped in 42 s" in shown


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            events.WorkerDied("m.A", 0, "signal 11 (SIGSEGV)", "m.A.test_1[id-0b5f2e1c-0000-4000-8000-000000000001]"),
            "  died: m.A: its worker ended with signal 11 (SIGSEGV), in m.A.test_1",
        ),
        (events.TimedOut("m.A", 0, 900.0, None), "  timed out: m.A: more than 900 s"),
        (events.Stopping(("m.A",)), "stopping after the running tests; Ctrl-C again stops at once"),
        (events.RunEnded("r", 1.0, is_whole=True), ""),
    ],
)
def test_trouble_is_a_line(event: events.Event, line: str) -> None:
    assert trouble(event, RunTally()) == line


SINCE = 1795877935.0


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            events.OutageBegan(SINCE, "swift is away", 600.0, 2),
            (
                "the cloud is away since 14:58:55 UTC: swift is away; waiting for it, for 10 min at the most; 2 classes are "
                "run again then"
            ),
        ),
        (events.OutageEnded(42.0, answers=True, given_up=0), "the cloud answers again, after 42 s; going on"),
        (events.OutageEnded(600.0, answers=False, given_up=1), "the cloud stayed away; 1 class is not run"),
        (events.Cleaned("m.A", None), ""),
        (events.Cleaned("m.A", "it is in use"), "  what m.A left could not be removed: it is in use"),
    ],
)
def test_a_cloud_that_is_away_is_a_line(event: events.Event, line: str) -> None:
    assert trouble(event, RunTally()) == line


def test_failures_of_one_cause_are_told_once_and_counted() -> None:
    tally = RunTally()
    lines = []
    for number in range(10):
        event = events.CaseEnded(f"m.A.test_{number}", "m.A", 0, "fail", 0.1, f"ServerFault: Details: 503 tx{number}")
        tally.hear(event)
        lines.append(trouble(event, tally))
    assert list(filter(None, lines)) == [
        "  failed: m.A.test_0: ServerFault: Details: 503 tx0",
        "  10 failed for one reason so far: ServerFault: Details: 503 tx9",
    ]
    end = ending_line(events.RunEnded("r", 1.0, is_whole=True), tally)
    assert end == "  10 failed for one reason: ServerFault: Details: … …\n0 passed, 10 failed in 1 s"


@pytest.mark.parametrize("ending", [Ending.INTERRUPTED, Ending.OUTAGE])
def test_tests_that_a_person_or_an_outage_kept_from_running_are_not_done(ending: Ending) -> None:
    tally = RunTally()
    for event in (*STORY[:4], events.GroupEnded("m.A", 0, ending, 1.25, (), 40.0)):
        tally.hear(event)
    assert (tally.done, tally.asked) == (1, 3)


def test_a_class_that_is_run_again_is_counted_once() -> None:
    tally = RunTally()
    for event in (*STORY[:6], *STORY[1:6]):
        tally.hear(event)
    assert (tally.done, tally.counts()) == (2, "1 passed, 1 failed")


def test_where_more_time_passed_than_was_expected_the_rest_takes_as_long() -> None:
    now = [1000.0]
    tally = RunTally(clock=lambda: now[0])
    for event in STORY[:6]:
        tally.hear(event)
    now[0] += 120
    assert tally.time_left == 60.0
    tally.hear(events.Stopping(()))
    assert tally.time_left == 0.0


def test_tests_that_a_set_up_stopped_are_done_when_their_class_is() -> None:
    tally = RunTally()
    for event in STORY:
        tally.hear(event)
    assert (tally.done, tally.asked, tally.running) == (3, 3, [])


def test_what_goes_on_and_how_long_still_is_told_by_the_clock() -> None:
    now = [1000.0]
    tally = RunTally(clock=lambda: now[0])
    for event in STORY[:3]:
        tally.hear(event)
        now[0] += 10
    assert tally.running == [RunningGroup(0, "A", "test_1", 20.0)]
    assert (tally.seconds, tally.time_left) == (30.0, 70.0)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (3599, "60 min"), (7500, "2 h 05")]
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_who_listens_decides_what_is_shown() -> None:
    console = Console()
    assert isinstance(display_for(console, events="json"), JsonLines)
    assert isinstance(display_for(console, events=None), PlainLines)
    console.quiet = True
    assert isinstance(display_for(console, events=None), Silence)


@pytest.mark.parametrize(
    "event",
    [
        events.OutageBegan(SINCE, "swift is away", 600.0, 2),
        events.OutageEnded(42.0, answers=True, given_up=0),
        events.Cleaned("m.A", None),
        *(events.GroupEnded("m.A", 0, ending, 1.0, (), 1.0) for ending in Ending),
    ],
)
def test_what_an_outage_is_as_json_is_in_the_schema(event: events.Event) -> None:
    schema = json.loads((SCHEMAS / "certmark-run-events.json").read_bytes())
    jsonschema.validate(json.loads(json.dumps(events.as_json(event))), schema)


def test_every_event_has_a_word_of_its_own() -> None:
    words = {events.as_json(event)["event"] for event in STORY}
    assert words == {"run-began", "group-began", "test-began", "test-ended", "group-ended", "run-ended"}
