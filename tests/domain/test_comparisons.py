from __future__ import annotations

import pytest

from certmark.domain.comparisons import OutcomeChange, compare, counted
from certmark.domain.results import Outcome, Results
from support.build import U1, U2, attempt, results

A, B, C = "suite.mod.ClassA.test_one", "suite.mod.ClassB.test_two", "suite.mod.ClassC.test_one"
P, F, S, E, X = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED, Outcome.SETUP_ERROR, Outcome.UNFINISHED


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (P, F, OutcomeChange.NEWLY_FAILING),
        (S, F, OutcomeChange.NEWLY_FAILING),
        (P, E, OutcomeChange.NEWLY_FAILING),
        (None, F, OutcomeChange.NEWLY_FAILING),
        (F, P, OutcomeChange.FIXED),
        (E, P, OutcomeChange.FIXED),
        (F, S, OutcomeChange.NO_LONGER_RUN),
        (P, S, OutcomeChange.NO_LONGER_RUN),
        (P, X, OutcomeChange.NO_LONGER_RUN),
        (S, P, OutcomeChange.NOW_RUN),
        (F, F, OutcomeChange.STILL_FAILING),
        (F, E, OutcomeChange.STILL_FAILING),
        (P, P, OutcomeChange.UNCHANGED),
        (S, S, OutcomeChange.UNCHANGED),
        (None, P, OutcomeChange.NEW),
        (P, None, OutcomeChange.GONE),
        (F, None, OutcomeChange.GONE),
    ],
)
def test_what_became_of_a_test(before: Outcome | None, after: Outcome | None, change: OutcomeChange) -> None:
    old = results(*([attempt(A, before)] if before else []))
    new = results(*([attempt(A, after)] if after else []))
    assert [difference.change for difference in compare(old, new)] == [change]


def one(before: Results, after: Results) -> tuple[OutcomeChange, str, bool]:
    (difference,) = compare(before, after)
    return difference.change, difference.name, difference.renamed


def test_a_renamed_test_is_followed_by_its_id() -> None:
    assert one(results(attempt(f"{A}[id-{U1}]")), results(attempt(f"{B}[id-{U1}]", F))) == (
        OutcomeChange.NEWLY_FAILING,
        B,
        True,
    )


def test_where_an_id_leads_to_several_former_names_the_same_method_is_the_one() -> None:
    before = results(attempt(f"{B}[id-{U1}]", F), attempt(f"{A}[id-{U1}]"))
    found = {difference.name: difference for difference in compare(before, results(attempt(f"{C}[id-{U1}]")))}
    former = found[C].before
    assert former is not None
    assert former.name == A


def test_one_former_name_is_not_given_to_two_tests() -> None:
    before = results(attempt(f"{A}[id-{U1}]"))
    after = results(attempt(f"{B}[id-{U1}]"), attempt(f"{C}[id-{U1}]"))
    assert sorted(difference.change.value for difference in compare(before, after)) == ["new", "unchanged"]


def test_another_test_under_an_old_name_is_paired_by_name() -> None:
    assert one(results(attempt(f"{A}[id-{U1}]")), results(attempt(f"{A}[id-{U2}]"))) == (
        OutcomeChange.UNCHANGED,
        A,
        False,
    )


def test_attempts_of_different_outcomes_make_a_test_unstable() -> None:
    (difference,) = compare(results(attempt(A)), results(attempt(A, F, at=1), attempt(A, at=9)))
    assert (difference.change, difference.unstable) == (OutcomeChange.UNCHANGED, True)


def test_a_class_set_up_counts_only_where_it_went_wrong() -> None:
    name = "setUpClass (suite.mod.ClassA)"
    (difference,) = compare(results(), results(attempt(name, F), attempt("setUpClass (suite.mod.ClassB)", S)))
    assert (difference.name, difference.change) == (name, OutcomeChange.NEWLY_FAILING)


def test_a_set_up_that_failed_at_one_of_its_attempts_stands_for_itself() -> None:
    name = "setUpClass (suite.mod.ClassA)"
    after = results(attempt(name, F, at=1), attempt(name, at=10))
    assert [(item.name, item.change) for item in compare(results(), after)] == [(name, OutcomeChange.NEW)]


def test_every_change_is_counted_also_the_ones_that_did_not_happen() -> None:
    counts = counted(compare(results(attempt(A)), results(attempt(A, F))))
    assert counts == {change: int(change is OutcomeChange.NEWLY_FAILING) for change in OutcomeChange}


def test_a_test_whose_class_was_not_set_up_is_newly_failing_and_the_set_up_is_not_told_twice() -> None:
    after = results(attempt("setUpClass (suite.mod.ClassA)", F, "no quota"))
    (difference,) = compare(results(attempt(A)), after)
    assert (difference.name, difference.change) == (A, OutcomeChange.NEWLY_FAILING)


def test_a_test_whose_class_was_skipped_is_no_longer_run() -> None:
    (difference,) = compare(results(attempt(A)), results(attempt("setUpClass (suite.mod.ClassA)", S)))
    assert difference.change is OutcomeChange.NO_LONGER_RUN


def test_a_test_that_runs_again_after_its_class_was_not_set_up_is_fixed() -> None:
    (difference,) = compare(results(attempt("setUpClass (suite.mod.ClassA)", F)), results(attempt(A)))
    assert (difference.name, difference.change) == (A, OutcomeChange.FIXED)


def test_a_failed_clean_up_of_a_class_stands_for_itself() -> None:
    after = results(attempt(A), attempt("tearDownClass (suite.mod.ClassA)", F))
    assert [item.change for item in compare(results(attempt(A)), after)] == [
        OutcomeChange.UNCHANGED,
        OutcomeChange.NEWLY_FAILING,
    ]


def test_a_clean_up_that_failed_before_is_fixed_where_its_class_ran_without_trouble() -> None:
    before = results(attempt(A), attempt("tearDownClass (suite.mod.ClassA)", F))
    assert [item.change for item in compare(before, results(attempt(A)))] == [
        OutcomeChange.UNCHANGED,
        OutcomeChange.FIXED,
    ]
    assert [item.change for item in compare(before, results(attempt(B)))] == [
        OutcomeChange.NEW,
        OutcomeChange.GONE,
        OutcomeChange.GONE,
    ]
