"""Which tests of an earlier run are run again, rule by rule."""

from __future__ import annotations

import pytest

from certmark.domain.reruns import to_rerun
from certmark.domain.results import Evidence, Outcome, Results
from support.build import U1, attempt

NAME = "m.A.test_1"
SET_UP = "setUpClass (m.A)"


def rerun(*told: tuple[str, Outcome], skipped: bool = False) -> list[str]:
    """What is run again of two tests, of which one has these attempts in turn, and the other passed."""
    attempts = [attempt(name, outcome, at=number) for number, (name, outcome) in enumerate(told)]
    other = attempt("m.B.test_2", Outcome.PASSED)
    results = Results([Evidence("r", "subunit", 0, None, (*attempts, other))])
    return list(to_rerun([f"{NAME}[id-{U1}]", "m.B.test_2"], results, skipped=skipped))


def test_of_nothing_nothing_is_run_again() -> None:
    assert list(to_rerun([], Results([]), skipped=True)) == []


@pytest.mark.parametrize(
    ("outcomes", "again"),
    [
        ([], True),
        ([Outcome.PASSED], False),
        ([Outcome.FAILED], True),
        ([Outcome.UNFINISHED], True),
        ([Outcome.EXPECTED_FAILURE], True),
        ([Outcome.FAILED, Outcome.PASSED], False),
        ([Outcome.PASSED, Outcome.FAILED], True),
        ([Outcome.PASSED, Outcome.SKIPPED], False),
        ([Outcome.FAILED, Outcome.SKIPPED], True),
    ],
)
def test_rule_1_what_did_not_pass_at_the_attempt_that_counts_is_run_again(
    outcomes: list[Outcome], *, again: bool
) -> None:
    assert rerun(*((NAME, outcome) for outcome in outcomes)) == ([f"{NAME}[id-{U1}]"] if again else [])


@pytest.mark.parametrize("skipped", [False, True])
def test_rule_2_a_skipped_test_is_run_again_where_it_is_asked_for(*, skipped: bool) -> None:
    assert bool(rerun((NAME, Outcome.SKIPPED), skipped=skipped)) is skipped
    assert bool(rerun((SET_UP, Outcome.SKIPPED), skipped=skipped)) is skipped


def test_rule_3_without_an_attempt_the_last_set_up_of_the_class_decides() -> None:
    assert rerun((SET_UP, Outcome.FAILED)) == [f"{NAME}[id-{U1}]"]
    assert rerun((SET_UP, Outcome.FAILED), (SET_UP, Outcome.SKIPPED)) == []
    assert rerun((SET_UP, Outcome.SKIPPED), (SET_UP, Outcome.FAILED)) == [f"{NAME}[id-{U1}]"]
