"""What a journal says of the circumstances of its run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from certmark.domain.outages import Outage, TouchedClass
from certmark.domain.results import Attempt, Evidence, Outcome
from certmark.formats.run_circumstances import (
    InvalidCircumstances,
    circumstance_line,
    circumstances_in,
    evidence_of_journal,
    outage_line,
    outage_over_line,
    outages_in,
)
from certmark.formats.run_record import RecordedExamination, RecordedFinding, RunRecord, read_run_record

AWAY = Outage(100.0, "swift answers 503", (TouchedClass("m.A", "w0-a1.subunit"),))
SKEW = RecordedFinding(id="clock-skew", severity="warning", text="this clock is 600 s ahead of Keystone's")
FULL = RecordedFinding(id="quota-objects", severity="warning", text="the quota of p is 5 bytes", despite=True)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, ()),
        ({"examination": RecordedExamination()}, ()),
        (
            {"examination": RecordedExamination(is_done=False)},
            ("the cloud was not examined before the run, as a person wanted it",),
        ),
        (
            {"examination": RecordedExamination(despite=("quota-objects",), findings=(SKEW, FULL))},
            (
                "the run was begun despite what would have stopped it: quota-objects",
                "the examination before the run found [clock-skew]: this clock is 600 s ahead of Keystone's",
                "the examination before the run found [quota-objects]: the quota of p is 5 bytes",
            ),
        ),
        (
            {"unknown_before": "swift did not answer"},
            ("what the run's projects held before is not known: swift did not answer",),
        ),
    ],
)
def test_how_a_run_was_prepared_is_said_and_survives_its_journal(record: dict[str, Any], said: tuple[str, ...]) -> None:
    made = RunRecord(run="r", **record)
    assert circumstances_in([], made) == said
    assert read_run_record(json.loads(json.dumps(made.document()))) == made


@pytest.mark.parametrize(
    ("lines", "until", "is_over"),
    [
        ([], None, False),
        ([outage_over_line(200.0, answers=True)], 200.0, True),
        ([outage_over_line(200.0, answers=False)], 200.0, False),
        ([{"what": "session", "at": 300.0}], 300.0, False),
        ([{"what": "plan", "groups": [], "at": 300.0}], 300.0, False),
        ([{"what": "ended", "at": 300.0}], None, False),
    ],
)
def test_an_outage_ends_with_its_end_or_with_the_next_session(
    lines: list[dict[str, Any]], until: float | None, *, is_over: bool
) -> None:
    assert outages_in([outage_line(AWAY), *lines]) == (AWAY._replace(until=until, is_over=is_over),)


def test_the_same_journal_gives_a_folder_and_a_bundle_the_same_evidence() -> None:
    failed = Attempt("m.A.test", None, Outcome.FAILED, started=150 * 10**9, seconds=1.0)
    piece = Evidence("w0-a1.subunit", "subunit-v2", 1, None, (failed,))
    lines = [RunRecord(run="r").document(), outage_line(AWAY), circumstance_line("what m.B left stays")]
    journal = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    (read,) = evidence_of_journal([piece], journal)
    assert [attempt.outcome for attempt in read.attempts] == [Outcome.UNFINISHED]
    assert read.circumstances == (AWAY.sentence, "what m.B left stays")


@pytest.mark.parametrize(
    "line",
    [
        {"what": "outage", "classes": "all"},
        {"what": "outage", "classes": [1]},
        {"what": "outage", "since": "yesterday"},
        {"what": "outage", "since": 1e400},
        {"what": "outage", "why": 7},
    ],
)
def test_a_journal_that_something_else_changed_is_refused(line: dict[str, Any]) -> None:
    with pytest.raises(InvalidCircumstances):
        outages_in([line])


def test_a_journal_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidCircumstances):
        evidence_of_journal([], b"{\n")
