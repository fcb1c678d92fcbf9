from __future__ import annotations

import pytest

from certmark.domain.results import Outcome
from certmark.domain.summaries import ClassTime, cause_of, summarise
from support.build import attempt, results

A, B = "suite.mod.ClassA.test_one", "suite.mod.ClassB.test_two"


def test_nothing_has_no_span_and_no_tests() -> None:
    summary = summarise(results())
    assert (summary.tests, summary.seconds, summary.slowest) == (0, None, ())


def test_the_last_attempt_counts_and_all_are_kept() -> None:
    summary = summarise(results(attempt(A, Outcome.FAILED, "boom", at=1), attempt(A, at=5)))
    assert (summary.outcomes[Outcome.PASSED], summary.outcomes[Outcome.FAILED]) == (1, 0)
    assert [len(attempts) for attempts in summary.unstable] == [2]


def test_classes_are_ordered_by_the_time_of_their_tests() -> None:
    summary = summarise(results(attempt(A, at=0, seconds=1), attempt(B, at=1, seconds=4)))
    assert summary.slowest == (ClassTime("suite.mod.ClassB", 4.0, 1), ClassTime("suite.mod.ClassA", 1.0, 1))
    assert summary.seconds == pytest.approx(5)


def test_fixtures_are_shown_and_are_no_tests() -> None:
    set_up = attempt("setUpClass (suite.mod.ClassA)", Outcome.FAILED, "no quota")
    tear_down = attempt("tearDownClass (suite.mod.ClassB)", Outcome.FAILED, "busy")
    summary = summarise(results(set_up, attempt(B), tear_down))
    assert (summary.tests, summary.set_ups, summary.tear_downs) == (1, (set_up,), (tear_down,))


def test_failures_that_differ_in_ids_only_have_one_cause() -> None:
    first = attempt(A, Outcome.FAILED, "Server 5f8e4436-fc96-4282-8122-e41df57197a9 failed to build")
    second = attempt(B, Outcome.FAILED, "Server 0f9f5a5f-d5cd-4a86-8a5b-c5ded151f212 failed to build")
    (cause,) = summarise(results(first, second)).failures
    assert (cause.text, cause.attempts) == ("Server <id> failed to build", (first, second))


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("", ""),
        ("Got 503", "Got 503"),
        ("GET http://127.0.0.1:8774/v2.1/x: 404", "GET <url> 404"),
        ("req-5f8e4436-fc96-4282-8122-e41df57197a9  gone", "<id> gone"),
        ("tempest-server-1234567 in ERROR after 300.17 s", "tempest-server-<n> in ERROR after <n> s"),
        ("object at 0x7f00ff", "object at <address>"),
    ],
)
def test_the_cause_is_what_stays_of_a_reason(reason: str, cause: str) -> None:
    assert cause_of(reason) == cause
