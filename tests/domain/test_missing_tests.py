"""Why a required test has no entry, and names that are nearly its own."""

from __future__ import annotations

import pytest

from certmark.domain.missing_tests import near_names
from certmark.domain.results import Outcome
from support.build import attempt, capability, guideline, required, results, verdict

F, S = Outcome.FAILED, Outcome.SKIPPED


@pytest.mark.parametrize(
    ("asked", "failed", "outcome"),
    [
        ("tests.test_y.test_d", "tests.test_y", F),
        ("pkg.mod.Class.test_a", "unittest.loader._FailedTest.pkg.mod", F),
        ("example.org/pkg/api.TestCreate", "example.org/pkg/api.TestMain", F),
        ("a.b.Class.test_a", "a.b.Class.initializationError", Outcome.SETUP_ERROR),
        ("anything at all", "[SynchronizedBeforeSuite]", F),
    ],
)
def test_a_gap_names_what_failed_in_its_place(asked: str, failed: str, outcome: Outcome) -> None:
    judged = verdict(guideline(capability("boot", required(asked))), results(attempt(failed, outcome, "boom")))
    assert judged.settled(asked).reason == f"no entry in the results; {failed} failed: boom"


def test_a_skip_names_the_set_up_of_the_suite_that_failed() -> None:
    ran = results(attempt("[BeforeSuite]", F, "no nodes"), attempt("a", S, "skipped"))
    judged = verdict(guideline(capability("boot", required("a"))), ran)
    assert judged.settled("a").reason == "skipped; [BeforeSuite] failed: no nodes"


@pytest.mark.parametrize("entry", ["tests.test_x", "tests.test_y.test_other", "AfterSuite"])
def test_what_failed_elsewhere_is_no_cause(entry: str) -> None:
    ran = results(attempt(entry, F, "boom"))
    judged = verdict(guideline(capability("boot", required("tests.test_y.test_d"))), ran)
    assert judged.settled("tests.test_y.test_d").reason == "no entry in the results"


@pytest.mark.parametrize(
    ("asked", "told", "near"),
    [
        ("a.B.test_c", "a.B.test_C ", True),
        ("a.B.test_c", "a.B.test\u200b_c", True),
        ("swap off", "swap\u00a0 off", True),
        ("[sig-node] Pods run [Conformance]", "[It] [sig-node] Pods run [Conformance] [Slow, Conformance]", True),
        ("Pods run [Conformance]", "Pods run", True),
        ("a.b", "a.b.a.b", True),
        ("test_a[1]", "test_a[2]", False),
        ("a.B.test_c", "a.B.test_d", False),
    ],
)
def test_a_name_that_is_nearly_its_own_is_a_hint_and_settles_nothing(asked: str, told: str, *, near: bool) -> None:
    judged = verdict(guideline(capability("boot", required(asked))), results(attempt(told)))
    assert judged.settled(asked).found_as == ()
    assert near_names(judged) == ({asked: (told,)} if near else {})
