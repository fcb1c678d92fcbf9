"""When tests ran: a report tells the same as the results that it lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from certmark.domain.results import Attempt, Outcome
from certmark.evidence.times import TimeSpan, span_in, span_of
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.report.document import evidence_document
from certmark.formats.results.report.reading import evidence_in
from support.build import evidence

SECOND = 10**9
BEGAN = 1_795_000_000 * SECOND


def attempt(started: int | None, seconds: float | None, window: tuple[int, int] | None = None) -> Attempt:
    return Attempt("a.B.test", None, Outcome.PASSED, started, seconds, None, window=window)


def listed(*attempts: Attempt) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps({"evidence": [evidence_document(evidence(*attempts))]}))
    return found


CASES = {
    "none": (),
    "no time": (attempt(None, None),),
    "times": (attempt(BEGAN, 2.5), attempt(BEGAN + SECOND, 9.0)),
    "a start alone": (attempt(BEGAN, None), attempt(BEGAN - SECOND, 0.5)),
    "a window": (attempt(None, 3.0, (BEGAN, BEGAN + 60 * SECOND)), attempt(BEGAN + SECOND, 1.0)),
    "before the epoch": (attempt(-SECOND, 1.0),),
}


@pytest.mark.parametrize("attempts", CASES.values(), ids=CASES)
def test_a_report_tells_the_span_of_the_results_that_it_lists(attempts: tuple[Attempt, ...]) -> None:
    report = listed(*attempts)

    assert span_in(report) == span_of(evidence_in(report)) == span_of([evidence(*attempts)])


def test_a_duration_without_a_fraction_is_one() -> None:
    report = listed(attempt(BEGAN, 2.0))
    report["evidence"][0]["attempts"][0]["seconds"] = 2

    assert span_in(report) == span_of([evidence(attempt(BEGAN, 2.0))]) != TimeSpan(None, None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("started", "yesterday"),
        ("started", 1.5),
        ("started", True),
        ("started", 2**80),
        ("seconds", "2"),
        ("seconds", True),
        ("seconds", float("inf")),
        ("window", [BEGAN]),
        ("window", [BEGAN, BEGAN - 1]),
        ("window", [BEGAN, "later"]),
        ("window", {}),
    ],
)
def test_times_of_another_shape_are_told_or_refused_as_by_whoever_reads_all_of_it(key: str, value: object) -> None:
    report = listed(attempt(BEGAN, 2.0))
    report["evidence"][0]["attempts"][0][key] = value

    assert told(span_in, report) == told(lambda parsed: span_of(evidence_in(parsed)), report)


@pytest.mark.parametrize("report", [{}, {"evidence": 1}, {"evidence": [1]}, {"evidence": [{"attempts": [1]}]}])
def test_a_report_of_another_shape_is_refused(report: dict[str, Any]) -> None:
    with pytest.raises(UnreadableResults):
        span_in(report)


def told(span: Any, report: dict[str, Any]) -> TimeSpan | str:
    try:
        found: TimeSpan = span(report)
    except UnreadableResults as error:
        return str(error)
    return found
