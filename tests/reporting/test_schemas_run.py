"""The lines that a run writes for programs, against their published schema."""

from __future__ import annotations

import json
import typing
from pathlib import Path

import jsonschema
import pytest

import certmark
from certmark.domain.results import Results
from certmark.domain.verdict_values import Standing
from certmark.formats.run_endings import Ending
from certmark.formats.run_record import RecordedGuideline, RunRecord
from certmark.reporting.progress.run import verdict_event
from certmark.runner import events
from support import build

SCHEMA = json.loads(
    (Path(certmark.__file__).parent / "data" / "schemas" / "output" / "certmark-run-events.json").read_bytes()
)
EVENTS: list[events.Event] = [
    events.RunBegan("r", 2, 3, 1, 100.0),
    events.GroupBegan("m.A", 0, 2, 60.0),
    events.CaseBegan("m.A.test_1[id-1]", "m.A", 0),
    events.CaseEnded("m.A.test_1[id-1]", "m.A", 0, "success", 0.5, ""),
    events.GroupEnded("m.A", 0, Ending.TIMED_OUT, 1.25, ("m.A.test_9",), 40.0),
    events.WorkerDied("m.A", 0, "signal 11 (SIGSEGV)", None),
    events.TimedOut("m.A", 0, 900.0, "m.A.test_1"),
    events.Stopping(("m.A",)),
    events.OutageBegan(1795877935.0, "object-store answers 503", 600.0, 2),
    events.OutageEnded(42.0, answers=True, given_up=0),
    events.Cleaned("m.A", "it is in use"),
    events.RunEnded("r", 41.5, is_whole=True),
]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_event_has_a_line_here() -> None:
    assert {type(event) for event in EVENTS} == set(typing.get_args(events.Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_as_its_schema_says(event: events.Event) -> None:
    line = json.loads(json.dumps(events.as_json(event)))
    jsonschema.Draft202012Validator(SCHEMA).validate(line)


def test_the_verdict_is_as_its_schema_says() -> None:
    document = build.guideline(build.capability("c", build.required("m.A.test_1")))
    verdict = build.verdict(document, Results([]))
    record = RunRecord(run="r", guideline=RecordedGuideline(program="Powered Cloud", missing=("m.B.test_2",)))
    line = verdict_event(record, verdict, ("m.A.test_1",), "/runs/r")
    jsonschema.Draft202012Validator(SCHEMA).validate(line)
    assert line["standing"] == Standing.INCOMPLETE.value
