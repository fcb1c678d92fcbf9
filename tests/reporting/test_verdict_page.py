"""What the page of a verdict shows is a value: it is written, read again, and drawn the same."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from certmark.domain.programs import find_program
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_source
from certmark.formats.guideline import load
from certmark.formats.sources import source_of
from certmark.reporting.pages import page_environment
from certmark.reporting.verdict.html import render_html
from certmark.reporting.verdict.page import report_page
from certmark.reporting.verdict.page_parts import ReportPage
from certmark.reporting.verdict.timeline import timeline

EXAMPLES = Path(__file__).parents[2] / "examples"
SECOND = 10**9


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    guideline = load("2026.11")
    results = Results(read_source(source_of(str(EXAMPLES / "object-storage-broken.subunit")), digest=True))
    return judge(guideline, find_program(guideline, "object"), results, (), as_of=dt.date(2026, 11, 28))


def test_a_page_that_was_written_and_read_is_the_same_and_is_drawn_the_same(verdict: Verdict) -> None:
    page = report_page(verdict, evaluator="1", steps=("do this",))
    read = msgspec.json.decode(msgspec.json.encode(page), type=ReportPage)
    assert read == page
    drawn = page_environment().get_template("report.html.j2").render(page=read) + "\n"
    assert drawn.encode() == render_html(verdict, evaluator="1", steps=("do this",))


def test_a_cause_has_the_same_name_in_every_run_and_counts_its_tests(verdict: Verdict) -> None:
    first, second = (report_page(verdict, evaluator=version) for version in "12")
    assert [cause.id for cause in first.causes] == [cause.id for cause in second.causes]
    assert len({cause.id for cause in first.causes}) == len(first.causes)
    assert sum(cause.count for cause in first.causes) == verdict.totals.failed + verdict.totals.missing


def attempt(name: str, began: float, seconds: float, worker: str = "w1", outcome: Outcome = Outcome.PASSED) -> Attempt:
    return Attempt(name, None, outcome, round(began * SECOND), seconds, worker)


def results(*attempts: Attempt) -> Results:
    return Results([Evidence("a", "b", 1, None, attempts)])


def test_a_time_line_has_a_row_for_each_worker_and_a_span_for_what_it_ran_of_a_class_in_a_row() -> None:
    found = timeline(
        results(
            attempt("m.A.one", 100, 1),
            attempt("m.A.two", 101, 2, outcome=Outcome.FAILED),
            attempt("m.B.one", 104, 1),
            attempt("m.A.three", 105, 1),
            attempt("m.C.one", 102, 0.5, "w2", Outcome.SKIPPED),
        )
    )
    assert found.seconds == 6
    lanes = {
        lane.worker: [(span.name, span.begin, span.seconds, span.tests, span.tone) for span in lane.spans]
        for lane in found.lanes
    }
    assert lanes == {
        "w1": [("m.A", 0, 3, 2, "bad"), ("m.B", 4, 1, 1, "good"), ("m.A", 5, 1, 1, "good")],
        "w2": [("m.C", 2, 0.5, 1, "gap")],
    }


def test_a_time_line_without_times_is_empty_and_a_long_one_leaves_out_the_shortest() -> None:
    assert timeline(results(Attempt("m.A.one", None, Outcome.PASSED))).lanes == ()
    many = [attempt(f"m.C{number}.one", number * 10, 1 + number % 7) for number in range(1000)]
    found = timeline(results(*many))
    assert len(found.lanes[0].spans) <= 400
    assert found.omitted == 1000 - len(found.lanes[0].spans)
