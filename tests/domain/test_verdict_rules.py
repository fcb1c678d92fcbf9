"""The rules of `domain.verdicts`, each under its name."""

from __future__ import annotations

from datetime import date

import pytest

from certmark.domain.guidelines import ComponentReference, Flag, Level, Program, ProgramKind
from certmark.domain.matching import FoundResult
from certmark.domain.policies import (
    CONFORMANCE,
    NONE_FAILED,
    REFSTACK_2020,
    STRICT,
    AttemptRule,
    Consequence,
    Effect,
    Policy,
)
from certmark.domain.results import Attempt, ContradictoryResults, Evidence, Outcome, Results, Trouble, TroubleKind
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import (
    CircumstanceKind,
    CountKind,
    Doubt,
    HostVerdict,
    RefstackCounts,
    Standing,
    State,
    Totals,
    WaiverRecord,
    WaiverUse,
)
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Scope, Waiver
from support.build import (
    FLAG,
    PROGRAM,
    TODAY,
    U1,
    U2,
    U3,
    attempt,
    capability,
    evidence,
    guideline,
    required,
    results,
    verdict,
)

A, B, C = "suite.mod.ClassA.test_one", "suite.mod.ClassB.test_two", "suite.mod.ClassC.test_three"
REFSTACK = PROGRAM._replace(target="platform")


def test_nothing_at_all_is_not_applicable() -> None:
    assert verdict(guideline(), results()).standing is Standing.NOT_APPLICABLE


def test_no_results_at_all_are_incomplete_never_a_pass() -> None:
    judged = verdict(guideline(capability("boot", required(A, U1))), Results([]))
    assert (judged.standing, judged.settled(A).state) == (Standing.INCOMPLETE, State.NOT_RUN)


# Rule 1


@pytest.mark.parametrize(
    ("entry", "ran", "found", "found_as"),
    [
        pytest.param(required(A, U1), f"{A}[id-{U1},smoke]", FoundResult.ID, (A,), id="same id, same name"),
        pytest.param(required(A, U1), f"{B}[id-{U1}]", FoundResult.ID, (B,), id="renamed: the id finds it"),
        pytest.param(required(A, U1), f"{A}[id-{U2}]", FoundResult.NAME, (A,), id="another id: the name finds it"),
        pytest.param(required(A, U1), A, FoundResult.NAME, (A,), id="the results have no ids"),
        pytest.param(required(A), f"{A}[id-{U2}]", FoundResult.NAME, (A,), id="the guideline has no ids"),
        pytest.param(required(A, U1, B), B, FoundResult.ALIAS, (B,), id="by an alias"),
        pytest.param(required(A, U1), f"{B}[id-{U2}]", FoundResult.NOWHERE, (), id="nowhere"),
        pytest.param(
            required(A, U1), f"{A}(ipv6)[id-{U1}]", FoundResult.ID, (f"{A}(ipv6)",), id="a scenario belongs to the name"
        ),
    ],
)
def test_rule_1_a_required_test_is_found_by_id_then_name_then_alias(
    entry: object, ran: str, found: FoundResult, found_as: tuple[str, ...]
) -> None:
    judged = verdict(guideline(capability("boot", entry)), results(attempt(ran)))  # type: ignore[arg-type]  # a RequiredTest from the table
    settled = judged.settled(A)
    assert (settled.found, settled.found_as) == (found, found_as)


def test_rule_1_the_id_decides_before_the_name() -> None:
    ran = results(attempt(f"{A}[id-{U2}]", Outcome.SKIPPED), attempt(f"{B}[id-{U1}]"))
    settled = verdict(guideline(capability("boot", required(A, U1))), ran).settled(A)
    assert (settled.found_as, settled.state) == ((B,), State.PASSED)


@pytest.mark.parametrize("own", [A, f"{A}[id-{U2}]"])
def test_rule_1_a_failure_under_the_tests_own_name_always_weighs(own: str) -> None:
    ran = results(attempt(own, Outcome.FAILED, "boom"), attempt(f"{B}[id-{U1}]"))
    settled = verdict(guideline(capability("boot", required(A, U1))), ran).settled(A)
    assert (settled.state, settled.reason, settled.found_as) == (State.FAILED, "boom", (A,))
    assert {one.name for one in settled.attempts} == {A, B}


def test_rule_1_a_failure_under_its_own_name_that_was_repeated_with_success_does_not_weigh() -> None:
    ran = results(attempt(A, Outcome.FAILED, at=1), attempt(A, at=5), attempt(f"{B}[id-{U1}]", at=9))
    assert verdict(guideline(capability("boot", required(A, U1))), ran).standing is Standing.PASS


def test_rule_1_a_result_with_the_name_of_one_and_the_id_of_another_settles_neither() -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2)))
    judged = verdict(document, results(attempt(f"{A}[id-{U2}]")))
    assert [(one.state, one.found) for one in judged.all_settled()] == [(State.NOT_RUN, FoundResult.CONTRADICTION)] * 2
    assert judged.settled(A).reason == f"the result {A} carries the id of {B}, so that it contradicts itself"
    assert [(one.kind, one.weight) for one in judged.circumstances] == [
        (CircumstanceKind.CONTRADICTORY_RESULTS, Standing.INCOMPLETE)
    ]
    assert "the results of 2 tests contradict themselves" in sentence(judged)


def test_rule_1_a_name_with_several_ids_settles_no_test() -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2)))
    judged = verdict(document, results(attempt(f"x[id-{U1}]"), attempt(f"x[id-{U2}]")))
    assert [(one.state, one.found) for one in judged.all_settled()] == [(State.NOT_RUN, FoundResult.CONTRADICTION)] * 2


def test_rule_1_a_name_with_and_without_its_id_is_one_test() -> None:
    judged = verdict(guideline(capability("boot", required(A, U1))), results(attempt(A), attempt(f"{A}[id-{U1}]")))
    assert (judged.standing, judged.settled(A).found) == (Standing.PASS, FoundResult.ID)


def test_rule_1_a_contradictory_result_that_failed_weighs_under_its_name() -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2)))
    judged = verdict(document, results(attempt(f"{A}[id-{U2}]", Outcome.FAILED, "boom")))
    assert [one.state for one in judged.all_settled()] == [State.FAILED, State.NOT_RUN]


def test_rule_1_one_result_settles_one_required_test_of_those_that_call_it_by_an_alias() -> None:
    document = guideline(capability("boot", required(A, None, C), required(B, None, C)))
    judged = verdict(document, results(attempt(C)))
    assert [one.state for one in judged.all_settled()] == [State.PASSED, State.NOT_RUN]
    assert judged.settled(B).reason == f"the result {C} settles {A}, and one result settles one test"


def test_rule_1_a_result_settles_the_test_of_its_name_before_one_that_has_it_as_an_alias() -> None:
    document = guideline(capability("boot", required(A, None, C), required(C)))
    judged = verdict(document, results(attempt(C)))
    assert [one.state for one in judged.all_settled()] == [State.NOT_RUN, State.PASSED]


def test_rule_1_one_result_of_a_renamed_class_settles_one_of_two_twins() -> None:
    twin = "suite.mod.ClassIPv6.test_one"
    document = guideline(capability("boot", required(A, U1), required(twin, U1)))
    judged = verdict(document, results(attempt(f"moved.ClassIPv6.test_one[id-{U1}]")))
    assert [one.state for one in judged.all_settled()] == [State.NOT_RUN, State.PASSED]


def test_rule_1_twins_that_both_moved_are_both_settled_by_the_worst_of_their_results() -> None:
    twin = "suite.mod.ClassIPv6.test_one"
    document = guideline(capability("boot", required(A, U1), required(twin, U1)))
    ran = results(attempt(f"moved.ClassIPv6.test_one[id-{U1}]"), attempt(f"moved.ClassA.test_one[id-{U1}]"))
    assert verdict(document, ran).standing is Standing.PASS


def test_rule_1_tests_found_under_other_names_are_told_in_the_sentence() -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2)))
    judged = verdict(document, results(attempt(f"z[id-{U1}]"), attempt(f"{B}[id-{U2}]")))
    assert judged.standing is Standing.PASS
    assert sentence(judged).endswith("; 1 of 2 tests was found under other names.")


def test_rule_1_where_an_id_leads_to_several_results_the_same_name_decides() -> None:
    ran = results(attempt(f"{A}[id-{U1}]"), attempt(f"{B}[id-{U1}]", Outcome.FAILED))
    judged = verdict(guideline(capability("boot", required(A, U1))), ran)
    assert (judged.standing, judged.settled(A).found_as) == (Standing.PASS, (A,))


def test_rule_1_where_an_id_leads_to_several_results_an_alias_decides_next() -> None:
    ran = results(attempt(f"{C}[id-{U1}]", Outcome.FAILED), attempt(f"{B}[id-{U1}]"))
    assert verdict(guideline(capability("boot", required(A, U1, B))), ran).settled(A).found_as == (B,)


@pytest.mark.parametrize("names", [(B, C), (f"{B}[id-{U1}]", f"{C}[id-{U1}]")])
def test_rule_1_of_several_aliases_in_the_results_the_worst_counts(names: tuple[str, str]) -> None:
    ran = results(attempt(names[0]), attempt(names[1], Outcome.FAILED))
    assert verdict(guideline(capability("boot", required(A, U1, B, C))), ran).standing is Standing.FAIL


def test_rule_1_where_an_id_leads_to_several_results_and_no_name_decides_the_worst_counts() -> None:
    ran = results(attempt(f"{B}[id-{U1}]"), attempt(f"{C}[id-{U1}]", Outcome.SKIPPED, "no IPv6"))
    settled = verdict(guideline(capability("boot", required(A, U1))), ran).settled(A)
    assert (settled.state, settled.reason, settled.found_as) == (State.SKIPPED, "no IPv6", (B, C))


def test_rule_1_a_twin_in_another_class_that_was_not_run_is_not_excused_by_its_brother() -> None:
    twin = "suite.mod.ClassIPv6.test_one"
    document = guideline(capability("boot", required(A, U1), required(twin, U1)))
    judged = verdict(document, results(attempt(f"{A}[id-{U1}]")))
    assert (judged.settled(A).state, judged.settled(twin).state) == (State.PASSED, State.NOT_RUN)


def test_rule_1_a_guideline_that_names_a_test_by_its_old_and_its_new_name_is_met_by_the_one_test() -> None:
    old = "suite.mod.ClassA.test_old_name"
    document = guideline(capability("boot", required(A, U1), required(old, U1)))
    judged = verdict(document, results(attempt(f"{A}[id-{U1}]")))
    assert (judged.standing, judged.settled(old).found_as) == (Standing.PASS, (A,))


# Rule 2


@pytest.mark.parametrize(
    ("outcome", "state", "standing"),
    [
        (Outcome.PASSED, State.PASSED, Standing.PASS),
        (Outcome.FAILED, State.FAILED, Standing.FAIL),
        (Outcome.SKIPPED, State.SKIPPED, Standing.INCOMPLETE),
        (Outcome.SETUP_ERROR, State.SETUP_ERROR, Standing.INCOMPLETE),
        (Outcome.EXPECTED_FAILURE, State.FAILED, Standing.FAIL),
        (Outcome.UNEXPECTED_SUCCESS, State.FAILED, Standing.FAIL),
        (Outcome.UNFINISHED, State.NOT_RUN, Standing.INCOMPLETE),
    ],
)
def test_rule_2_a_test_has_the_state_of_its_outcome(outcome: Outcome, state: State, standing: Standing) -> None:
    judged = verdict(guideline(capability("boot", required(A, U1))), results(attempt(f"{A}[id-{U1}]", outcome)))
    assert (judged.settled(A).state, judged.standing) == (state, standing)


def test_rule_2_every_outcome_has_a_case_above() -> None:
    marks = getattr(test_rule_2_a_test_has_the_state_of_its_outcome, "pytestmark", [])
    assert {case[0] for case in marks[0].args[1]} == set(Outcome)


@pytest.mark.parametrize(("outcome", "state"), [(Outcome.FAILED, State.SETUP_ERROR), (Outcome.SKIPPED, State.SKIPPED)])
def test_rule_2_a_class_whose_set_up_did_not_pass_settles_its_tests_with_the_reason(
    outcome: Outcome, state: State
) -> None:
    ran = results(attempt("setUpClass (suite.mod.ClassA)", outcome, "no swift here"))
    settled = verdict(guideline(capability("boot", required(A, U1))), ran).settled(A)
    assert (settled.state, settled.found, settled.reason) == (state, FoundResult.CLASS, "no swift here")


def test_rule_2_a_class_is_known_by_an_alias_of_its_test_too() -> None:
    ran = results(attempt("setUpClass (suite.mod.ClassB)", Outcome.SKIPPED, "off"))
    assert verdict(guideline(capability("boot", required(A, U1, B))), ran).settled(A).state is State.SKIPPED


def test_rule_2_a_failed_clean_up_of_the_class_changes_no_test() -> None:
    ran = results(attempt(f"{A}[id-{U1}]"), attempt("tearDownClass (suite.mod.ClassA)", Outcome.FAILED, "busy"))
    assert verdict(guideline(capability("boot", required(A, U1))), ran).standing is Standing.PASS


def test_rule_2_a_set_up_that_failed_before_a_later_pass_does_not_count() -> None:
    ran = results(
        attempt("setUpClass (suite.mod.ClassA)", Outcome.FAILED, "busy", at=1), attempt(f"{A}[id-{U1}]", at=10)
    )
    settled = verdict(guideline(capability("boot", required(A, U1))), ran).settled(A)
    assert (settled.state, len(settled.attempts)) == (State.PASSED, 2)


def test_rule_2_a_set_up_that_failed_later_never_replaces_a_pass_and_is_told() -> None:
    ran = results(
        attempt(f"{A}[id-{U1}]", at=1), attempt("setUpClass (suite.mod.ClassA)", Outcome.FAILED, "busy", at=10)
    )
    judged = verdict(guideline(capability("boot", required(A, U1))), ran)
    assert judged.settled(A).state is State.PASSED
    assert [(one.kind, one.subjects) for one in judged.circumstances] == [
        (CircumstanceKind.NOT_RUN_LATER, (f"{A}: the set-up of its class failed: busy",))
    ]


def test_rule_2_a_passes_only_upload_says_nothing_of_the_others() -> None:
    ran = results(attempt(f"{A}[id-{U1}]"), passes_only=True)
    judged = verdict(guideline(capability("boot", required(A, U1), required(B, U2))), ran)
    assert (judged.standing, judged.settled(B).state) == (Standing.INCOMPLETE, State.NOT_REPORTED)


def test_rule_2_a_truncated_stream_gives_that_as_the_reason() -> None:
    judged = verdict(guideline(capability("boot", required(A, U1))), results(truncated=True))
    assert judged.settled(A).reason == "no entry in the results, which stop in the middle"


def test_rule_2_a_pass_under_its_own_name_is_not_settled_by_the_class_of_an_alias() -> None:
    ran = results(attempt(f"{A}[id-{U1}]"), attempt("setUpClass (suite.mod.ClassB)", Outcome.FAILED, "busy"))
    judged = verdict(guideline(capability("boot", required(A, U1, B))), ran)
    assert (judged.standing, judged.settled(A).attempts, judged.doubtful) == (Standing.PASS, ran.attempts(A), {})


# Rule 3


@pytest.mark.parametrize("spelling", ["flagged", "flag"])
def test_rule_3_a_flagged_test_is_not_counted(spelling: str) -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2, flag=FLAG._replace(spelling=spelling))))
    judged = verdict(document, results(attempt(f"{A}[id-{U1}]"), attempt(f"{B}[id-{U2}]", Outcome.FAILED)))
    assert (judged.standing, judged.totals.counted, judged.totals.flagged) == (Standing.PASS, 1, 1)


def waiver(target: str, scope: Scope = Scope.TEST, expires: date = TODAY, granted: date | None = None) -> Waiver:
    return Waiver(scope, target, "known upstream bug", "programme office", expires, granted)


@pytest.mark.parametrize("target", [A, U1, f"id-{U1}", "suite.mod.Old.test_one"])
def test_rule_3_a_waived_failure_passes_and_is_named(target: str) -> None:
    document = guideline(capability("boot", required(A, U1, "suite.mod.Old.test_one"), required(B, U2)))
    ran = results(attempt(f"{A}[id-{U1}]", Outcome.FAILED), attempt(f"{B}[id-{U2}]"))
    judged = verdict(document, ran, [waiver(target)])
    assert judged.standing is Standing.PASS
    assert [(record.use, record.tests) for record in judged.waivers] == [(WaiverUse.USED, (A,))]
    assert (judged.totals.counted, judged.totals.waived) == (1, 1)


def test_rule_3_a_waiver_of_a_capability_settles_all_its_tests() -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2)), capability("stop", required(C)))
    ran = results(attempt(f"{A}[id-{U1}]", Outcome.FAILED), attempt(C))
    judged = verdict(document, ran, [waiver("boot", Scope.CAPABILITY)])
    assert (judged.standing, judged.waivers[0].tests) == (Standing.PASS, (A, B))


def test_rule_3_a_waiver_of_everything_does_not_make_success_of_nothing() -> None:
    judged = verdict(guideline(capability("boot", required(A, U1))), results(), [waiver(A)])
    assert judged.standing is Standing.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("expires", "granted", "use"),
    [
        (date(2026, 11, 20), None, WaiverUse.EXPIRED),
        (date(2027, 1, 1), date(2026, 11, 22), WaiverUse.NOT_YET),
        (date(2026, 11, 21), date(2026, 11, 21), WaiverUse.USED),
    ],
)
def test_rule_3_a_waiver_holds_on_its_days_and_no_other(expires: date, granted: date | None, use: WaiverUse) -> None:
    document = guideline(capability("boot", required(A, U1), required(B)))
    ran = results(attempt(f"{A}[id-{U1}]", Outcome.FAILED), attempt(B))
    judged = verdict(document, ran, [waiver(A, expires=expires, granted=granted)])
    assert judged.waivers[0].use is use
    assert judged.standing is (Standing.PASS if use is WaiverUse.USED else Standing.FAIL)


def test_rule_3_a_waived_test_that_passed_anyway_is_counted_and_told() -> None:
    judged = verdict(guideline(capability("boot", required(A, U1))), results(attempt(f"{A}[id-{U1}]")), [waiver(A)])
    assert (judged.waivers[0].use, judged.waivers[0].tests) == (WaiverUse.NOT_NEEDED, (A,))
    assert judged.totals.passed == 1


def test_rule_3_a_waiver_of_something_that_the_program_does_not_ask_for_is_told() -> None:
    judged = verdict(guideline(capability("boot", required(A))), results(attempt(A)), [waiver("elsewhere")])
    assert judged.waivers[0].use is WaiverUse.NO_SUBJECT


def test_rule_3_a_flag_holds_before_a_waiver() -> None:
    document = guideline(capability("boot", required(A, U1, flag=FLAG), required(B)))
    judged = verdict(document, results(attempt(f"{A}[id-{U1}]", Outcome.FAILED), attempt(B)), [waiver(A)])
    assert (judged.totals.flagged, judged.totals.waived) == (1, 0)
    assert judged.waivers == (WaiverRecord(waiver(A), WaiverUse.NOT_NEEDED, ()),)


def test_rule_3_a_waiver_of_one_capability_leaves_the_test_to_the_other() -> None:
    document = guideline(capability("boot", required(A)), capability("start", required(A), required(B)))
    judged = verdict(document, results(attempt(A, Outcome.FAILED), attempt(B)), [waiver("boot", Scope.CAPABILITY)])
    assert [item.standing for item in judged.capabilities] == [Standing.NOT_JUDGED, Standing.FAIL]
    assert (judged.standing, judged.totals.failed, judged.totals.waived) == (Standing.FAIL, 1, 0)


def test_rule_3_a_waiver_names_its_tests_once_each_in_the_order_of_the_guideline() -> None:
    document = guideline(capability("boot", required(B), required(A)), capability("start", required(A), required(B)))
    ran = results(attempt(A, Outcome.FAILED), attempt(B, Outcome.FAILED))
    judged = verdict(document, ran, [waiver("boot", Scope.CAPABILITY), waiver("start", Scope.CAPABILITY), waiver(A)])
    assert [record.tests for record in judged.waivers] == [(B, A), (B, A), (A,)]


def test_rule_3_of_a_waiver_that_was_not_needed_only_what_passed_is_named() -> None:
    document = guideline(capability("boot", required(A, flag=FLAG), required(B)))
    ran = results(attempt(A, Outcome.FAILED), attempt(B))
    judged = verdict(document, ran, [waiver("boot", Scope.CAPABILITY)])
    assert judged.waivers == (WaiverRecord(waiver("boot", Scope.CAPABILITY), WaiverUse.NOT_NEEDED, (B,)),)


@pytest.mark.parametrize("expires", [TODAY, date(2026, 11, 20)])
def test_rule_3_a_waiver_out_of_force_names_what_it_would_excuse(expires: date) -> None:
    late = waiver("boot", Scope.CAPABILITY, expires, granted=date(2026, 11, 22))
    judged = verdict(guideline(capability("boot", required(A), required(B))), results(), [late])
    use = WaiverUse.NOT_YET if expires == TODAY else WaiverUse.EXPIRED
    assert judged.waivers == (WaiverRecord(late, use, (A, B)),)


# Rule 4


@pytest.mark.parametrize(
    ("in_boot", "in_start", "kind"),
    [
        (None, FLAG, CountKind.FAILED),
        (FLAG, None, CountKind.FAILED),
        (FLAG, FLAG, CountKind.FLAGGED),
    ],
)
def test_rule_4_a_test_of_two_capabilities_counts_as_the_stronger_of_its_kinds(
    in_boot: Flag | None, in_start: Flag | None, kind: CountKind
) -> None:
    document = guideline(capability("boot", required(A, flag=in_boot)), capability("start", required(A, flag=in_start)))
    judged = verdict(document, results(attempt(A, Outcome.FAILED)))
    assert judged.totals == Totals.of([kind])


def test_rule_4_kinds_are_counted_each_under_its_name() -> None:
    kinds = [kind for kind in CountKind for _ in range(kind + 1)]
    assert Totals.of(kinds)._asdict() == {
        "tests": 21, "counted": 6, "failed": 1, "missing": 2, "passed": 3, "waived": 4, "ignored": 5, "flagged": 6,
    }  # fmt: skip


def test_rule_4_a_test_in_two_capabilities_counts_once_in_the_program() -> None:
    document = guideline(capability("boot", required(A, U1)), capability("start", required(A, U1), required(B, U2)))
    judged = verdict(document, results(attempt(f"{A}[id-{U1}]")))
    assert (judged.totals.tests, judged.totals.passed, judged.totals.missing) == (2, 1, 1)


def test_rule_4_aliases_given_in_one_capability_help_in_the_other() -> None:
    document = guideline(capability("boot", required(A)), capability("start", required(A, None, B)))
    assert verdict(document, results(attempt(B))).standing is Standing.PASS


def test_rule_4_a_capability_in_two_components_counts_once_at_its_strongest_level() -> None:
    boot = capability("boot", required(A, U1))
    program = PROGRAM._replace(components=(ComponentReference("one", None), ComponentReference("two", None)))
    document = guideline(
        boot,
        components={"one": [(Level.ADVISORY, "boot")], "two": [(Level.REQUIRED, "boot")]},
        programs=(program,),
    )
    judged = verdict(document, results())
    assert [(item.key, item.level) for item in judged.capabilities] == [("boot", Level.REQUIRED)]


# Rule 5


@pytest.mark.parametrize(
    ("first", "second", "standing"),
    [
        (Outcome.PASSED, Outcome.PASSED, Standing.PASS),
        (Outcome.PASSED, Outcome.SKIPPED, Standing.INCOMPLETE),
        (Outcome.FAILED, Outcome.SKIPPED, Standing.FAIL),
        (Outcome.FAILED, Outcome.PASSED, Standing.FAIL),
    ],
)
def test_rule_5_a_capability_fails_if_a_test_failed_and_is_incomplete_if_one_is_missing(
    first: Outcome, second: Outcome, standing: Standing
) -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2)))
    ran = results(attempt(f"{A}[id-{U1}]", first), attempt(f"{B}[id-{U2}]", second))
    assert verdict(document, ran).capabilities[0].standing is standing


def test_rule_5_a_capability_with_nothing_left_to_count_is_not_judged_and_does_not_weigh() -> None:
    document = guideline(
        capability("boot", required(A, U1)), capability("resize", required(B, U2, flag=FLAG)), capability("empty")
    )
    judged = verdict(document, results(attempt(f"{A}[id-{U1}]")))
    assert [item.standing for item in judged.capabilities] == [
        Standing.PASS,
        Standing.NOT_JUDGED,
        Standing.NOT_JUDGED,
    ]
    assert judged.standing is Standing.PASS


def test_rule_5_a_capability_that_the_guideline_does_not_define_is_not_judged() -> None:
    document = guideline(
        capability("boot", required(A)), components={"all": [(Level.REQUIRED, "boot"), (Level.REQUIRED, "ghost")]}
    )
    judged = verdict(document, results(attempt(A)))
    assert [item.standing for item in judged.capabilities] == [Standing.PASS, Standing.NOT_JUDGED]


# Rule 6


@pytest.mark.parametrize("level", [Level.ADVISORY, Level.DEPRECATED, Level.REMOVED])
def test_rule_6_other_levels_are_shown_and_never_weigh(level: Level) -> None:
    document = guideline(capability("boot", required(A)), capability("extra", required(B)), levels={"extra": level})
    judged = verdict(document, results(attempt(A), attempt(B, Outcome.FAILED)))
    assert judged.standing is Standing.PASS
    assert judged.capabilities[1].standing is Standing.FAIL
    assert judged.totals.tests == 1


def test_rule_6_a_program_whose_required_tests_are_all_flagged_is_not_applicable() -> None:
    document = guideline(capability("boot", required(A, flag=FLAG)))
    assert verdict(document, results(attempt(A))).standing is Standing.NOT_APPLICABLE


def test_rule_6_a_component_that_the_document_does_not_define_leaves_a_gap() -> None:
    program = PROGRAM._replace(
        components=(ComponentReference("all", None), ComponentReference("elsewhere", "https://…/x.json"))
    )
    document = guideline(capability("boot", required(A)), programs=(program,))
    judged = verdict(document, results(attempt(A)))
    assert (judged.standing, judged.demand.missing_components) == (Standing.INCOMPLETE, ("elsewhere",))


# Rule 7


def test_rule_7_under_none_failed_a_skip_does_not_count() -> None:
    document = guideline(capability("boot", required(A), required(B)), policy=NONE_FAILED)
    judged = verdict(document, results(attempt(A), attempt(B, Outcome.SKIPPED, "no router")))
    assert (judged.standing, judged.totals.ignored, judged.totals.counted) == (Standing.PASS, 1, 1)


def test_rule_7_under_none_failed_a_run_of_skips_only_is_not_applicable() -> None:
    document = guideline(capability("boot", required(A)), policy=NONE_FAILED)
    assert verdict(document, results(attempt(A, Outcome.SKIPPED))).standing is Standing.NOT_APPLICABLE


def test_rule_7_under_none_failed_a_test_that_did_not_run_still_leaves_a_gap() -> None:
    document = guideline(capability("boot", required(A), required(B)), policy=NONE_FAILED)
    assert verdict(document, results(attempt(A))).standing is Standing.INCOMPLETE


def test_rule_7_a_policy_given_to_the_judge_goes_before_the_guidelines() -> None:
    document = guideline(capability("boot", required(A), required(B)), policy=NONE_FAILED)
    ran = results(attempt(A), attempt(B, Outcome.SKIPPED))
    assert verdict(document, ran, policy=STRICT).standing is Standing.INCOMPLETE


@pytest.mark.parametrize("effect", list(Effect))
@pytest.mark.parametrize("field", ["skipped", "setup_error", "not_run", "not_reported"])
def test_rule_7_each_state_has_the_effect_that_the_policy_gives_it(field: str, effect: Effect) -> None:
    policy = STRICT._replace(**{field: effect})  # type: ignore[arg-type]  # fields from the table
    ran = {
        "skipped": results(attempt(A), attempt(B, Outcome.SKIPPED)),
        "setup_error": results(attempt(A), attempt(B, Outcome.SETUP_ERROR)),
        "not_run": results(attempt(A)),
        "not_reported": results(attempt(A), passes_only=True),
    }[field]
    expected = {
        Effect.FAIL: Standing.FAIL,
        Effect.INCOMPLETE: Standing.INCOMPLETE,
        Effect.IGNORED: Standing.PASS,
    }[effect]
    document = guideline(capability("boot", required(A), required(B)))
    assert verdict(document, ran, policy=policy).standing is expected


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (AttemptRule.LAST, State.PASSED),
        (AttemptRule.FIRST, State.FAILED),
        (AttemptRule.BEST, State.PASSED),
        (AttemptRule.WORST, State.FAILED),
    ],
)
def test_rule_7_of_several_attempts_the_policy_says_which_counts_and_all_are_kept(
    rule: AttemptRule, state: State
) -> None:
    ran = results(attempt(A, Outcome.FAILED, at=1), attempt(A, at=3), attempt(A, Outcome.SKIPPED, at=5))
    settled = verdict(guideline(capability("boot", required(A))), ran, policy=Policy("p", "", attempts=rule)).settled(A)
    assert (settled.state, len(settled.attempts)) == (state, 3)


def test_rule_7_attempts_of_several_files_are_ordered_by_their_times() -> None:
    late, early = attempt(A, at=100), attempt(A, Outcome.FAILED, at=1)
    ran = Results([evidence(late), evidence(early)])
    assert verdict(guideline(capability("boot", required(A))), ran).standing is Standing.PASS


P, F, S, E, N = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED, Outcome.SETUP_ERROR, Outcome.UNFINISHED


def timed(outcome: Outcome, began: float, ended: float, **fields: object) -> Attempt:
    return attempt(A, outcome, at=began, seconds=ended - began)._replace(**fields)  # type: ignore[arg-type]  # fields from the table


def windowed(outcome: Outcome, began: int, ended: int, **fields: object) -> Attempt:
    return attempt(A, outcome)._replace(window=(began, ended), **fields)  # type: ignore[arg-type]  # fields from the table


def untimed(outcome: Outcome, **fields: object) -> Attempt:
    return attempt(A, outcome)._replace(**fields)  # type: ignore[arg-type]  # fields from the table


@pytest.mark.parametrize(
    ("tried", "state", "doubt"),
    [
        pytest.param([timed(F, 0, 1), timed(P, 1, 2)], State.PASSED, None, id="the last one by its time"),
        pytest.param([timed(P, 5, 6), timed(F, 0, 1)], State.PASSED, None, id="whatever the order of the bytes"),
        pytest.param([windowed(F, 0, 9), windowed(P, 9, 12)], State.PASSED, None, id="by the times of their suites"),
        pytest.param([windowed(F, 0, 9), timed(P, 20, 21)], State.PASSED, None, id="a suite's time before an own one"),
        pytest.param([untimed(P), untimed(F)], State.FAILED, Doubt.ORDER, id="no times: the worst"),
        pytest.param([untimed(F), untimed(P)], State.FAILED, Doubt.ORDER, id="no times the other way round"),
        pytest.param([untimed(F), timed(P, 1, 2)], State.FAILED, Doubt.ORDER, id="one without a time"),
        pytest.param([timed(F, 0, 5), timed(P, 4, 9)], State.FAILED, Doubt.ORDER, id="they overlap"),
        pytest.param([windowed(F, 7, 7), windowed(P, 7, 7)], State.FAILED, Doubt.ORDER, id="the same suite"),
        pytest.param([timed(F, 3, 3), timed(P, 3, 3)], State.FAILED, Doubt.ORDER, id="equal times, unequal things"),
        pytest.param(
            [timed(F, 0, 9), timed(P, 1, 2), timed(P, 50, 60)], State.FAILED, Doubt.ORDER, id="two of them overlap"
        ),
        pytest.param([untimed(P), untimed(P)], State.PASSED, None, id="no times and no difference"),
        pytest.param(
            [untimed(F, place="chrome"), untimed(P, place="firefox")], State.FAILED, Doubt.PLACES, id="places"
        ),
        pytest.param(
            [timed(F, 0, 1, place="node1"), timed(P, 5, 6, place="node2")],
            State.FAILED,
            Doubt.PLACES,
            id="two places are two tests, whatever their times",
        ),
        pytest.param(
            [timed(F, 0, 1, place="n1"), timed(P, 5, 6, place="n1"), timed(P, 2, 3, place="n2")],
            State.PASSED,
            None,
            id="each place has its own last attempt",
        ),
        pytest.param(
            [untimed(P, place="n1"), untimed(S, place="n2")],
            State.SKIPPED,
            Doubt.PLACES,
            id="a test skipped in a place",
        ),
        pytest.param(
            [timed(F, 0, 1, place="n1"), timed(P, 5, 6)], State.PASSED, None, id="a place and no place are one"
        ),
        pytest.param([timed(F, 0, 1), timed(S, 5, 6)], State.FAILED, None, id="a skip never replaces a failure"),
        pytest.param([untimed(P), untimed(S)], State.PASSED, None, id="nor a pass, in any order"),
        pytest.param([timed(P, 0, 1), timed(E, 5, 6)], State.PASSED, None, id="nor does a set-up error"),
        pytest.param([timed(S, 0, 1), timed(E, 5, 6)], State.SETUP_ERROR, None, id="of what did not run the last"),
        pytest.param([untimed(S), untimed(E)], State.SETUP_ERROR, Doubt.ORDER, id="or the worst"),
        pytest.param([timed(P, 0, 1), timed(N, 5, 5)], State.NOT_RUN, None, id="begun again and never ended"),
        pytest.param([timed(F, 0, 1), timed(N, 5, 5)], State.FAILED, None, id="failed, begun again and never ended"),
        pytest.param([timed(N, 0, 0), timed(P, 5, 6)], State.PASSED, None, id="not ended, and run again"),
        pytest.param([untimed(N), untimed(P)], State.NOT_RUN, Doubt.ORDER, id="not ended, and no order"),
        pytest.param([untimed(F, superseded=True), untimed(P)], State.PASSED, None, id="the format marks the retry"),
        pytest.param([untimed(P), untimed(F, superseded=True)], State.PASSED, None, id="wherever it stands"),
        pytest.param(
            [untimed(F, superseded=True), untimed(Outcome.SKIPPED)], State.FAILED, None, id="a skip replaces no failure"
        ),
        pytest.param([untimed(F, superseded=True)], State.FAILED, None, id="superseded by nothing counts"),
        pytest.param(
            [untimed(F, superseded=True, place="a"), untimed(P, place="a"), untimed(F, superseded=True, place="b")],
            State.FAILED,
            Doubt.PLACES,
            id="superseded in another place only",
        ),
    ],
)
def test_rule_7_of_several_attempts_the_last_that_ran_counts_else_the_worst(
    tried: list[Attempt], state: State, doubt: Doubt | None
) -> None:
    for ran in (results(*tried), Results([evidence(one) for one in tried]), results(*reversed(tried))):
        settled = verdict(guideline(capability("boot", required(A))), ran).settled(A)
        assert (settled.state, settled.doubt) == (state, doubt)
        assert sorted(settled.attempts, key=repr) == sorted(tried, key=repr)


def test_rule_7_the_sentence_says_that_nothing_records_the_order() -> None:
    judged = verdict(guideline(capability("boot", required(A))), results(attempt(A), attempt(A, Outcome.FAILED)))
    assert sentence(judged).endswith("; the order of the attempts of 1 test is not recorded: the worst counts.")


def test_rule_7_a_skip_outranks_nothing_under_a_policy_that_ignores_it() -> None:
    ran = results(attempt(A, N), attempt(A, S))
    assert verdict(guideline(capability("boot", required(A))), ran, policy=NONE_FAILED).standing is Standing.INCOMPLETE


CLEAN_UP = attempt("tearDownClass (suite.mod.ClassA)", Outcome.FAILED, "busy")


@pytest.mark.parametrize(
    ("consequence", "standing"),
    [
        (Consequence.TELL, Standing.PASS),
        (Consequence.INCOMPLETE, Standing.INCOMPLETE),
        (Consequence.FAIL, Standing.FAIL),
    ],
)
def test_rule_7_a_failed_clean_up_is_named_and_does_what_the_policy_says(
    consequence: Consequence, standing: Standing
) -> None:
    trouble = Trouble(TroubleKind.TEAR_DOWN, "AfterSuite failed", "suite.mod")
    for file in (evidence(attempt(A), CLEAN_UP), evidence(attempt(A))._replace(troubles=(trouble,))):
        document = guideline(capability("boot", required(A)), policy=Policy("p", "", teardown=consequence))
        judged = verdict(document, Results([file]))
        assert (judged.standing, judged.settled(A).state) == (standing, State.PASSED)
        assert sentence(judged).endswith("; 1 clean-up failed.")


def test_rule_7_a_clean_up_of_a_class_that_is_not_asked_for_does_not_weigh() -> None:
    document = guideline(capability("boot", required(A)), policy=Policy("p", "", teardown=Consequence.FAIL))
    other = attempt("tearDownClass (suite.mod.ClassB)", Outcome.FAILED, "busy")
    assert verdict(document, results(attempt(A), attempt(B), other)).circumstances == ()


@pytest.mark.parametrize(("policy", "standing"), [(STRICT, Standing.PASS), (CONFORMANCE, Standing.FAIL)])
@pytest.mark.parametrize("other", [F, E, Outcome.EXPECTED_FAILURE, Outcome.UNEXPECTED_SUCCESS])
def test_rule_7_a_failure_that_is_not_asked_for_is_named_and_fails_where_the_policy_says_so(
    policy: Policy, standing: Standing, other: Outcome
) -> None:
    judged = verdict(guideline(capability("boot", required(A)), policy=policy), results(attempt(A), attempt(B, other)))
    assert (judged.standing, judged.totals.failed) == (standing, 0)
    assert "; 1 failure outside of the required tests" in sentence(judged)


@pytest.mark.parametrize("other", [P, S, N])
def test_rule_7_what_did_not_fail_is_no_failure_elsewhere(other: Outcome) -> None:
    document = guideline(capability("boot", required(A)), policy=CONFORMANCE)
    assert verdict(document, results(attempt(A), attempt(B, other))).standing is Standing.PASS


def test_rule_7_under_conformance_a_failed_clean_up_fails_and_a_flag_or_a_waiver_still_excuses() -> None:
    document = guideline(capability("boot", required(A), required(B, flag=FLAG), required(C)), policy=CONFORMANCE)
    ran = (attempt(A), attempt(B, F), attempt(C, F))
    assert verdict(document, results(*ran), [waiver(C)]).standing is Standing.PASS
    assert verdict(document, results(*ran, CLEAN_UP), [waiver(C)]).standing is Standing.FAIL


def test_rule_7_under_conformance_a_failure_of_an_advisory_test_fails() -> None:
    document = guideline(
        capability("boot", required(A)), capability("extra", required(B)),
        levels={"extra": Level.ADVISORY}, policy=CONFORMANCE,
    )  # fmt: skip
    assert verdict(document, results(attempt(A), attempt(B, F))).standing is Standing.FAIL


def test_rule_7_an_attempt_told_twice_alike_counts_once() -> None:
    ran = Results([evidence(attempt(A, at=1)), evidence(attempt(A, at=1))])
    assert len(ran.attempts(A)) == 1


def test_rule_7_an_attempt_told_twice_differently_is_refused() -> None:
    with pytest.raises(ContradictoryResults, match=r"once as passed and once as failed"):
        Results([evidence(attempt(A, at=1)), evidence(attempt(A, Outcome.FAILED, at=1))])


# Rule 8


def test_rule_8_an_add_on_says_how_its_host_was_judged_on_the_same_results() -> None:
    host = guideline(capability("boot", required(A)), identity="2099.01")
    dns = Program(
        "DNS", ProgramKind.ADD_ON, "", (ComponentReference("dns", None),), (ComponentReference("all", "u"),), (), ()
    )
    add_on = guideline(
        capability("zones", required(B)),
        components={"dns": [(Level.REQUIRED, "zones")]},
        programs=(dns,),
        identity="dns.2099.01",
    )
    judged = judge(add_on, dns, results(attempt(B)), as_of=TODAY, hosts=[host])
    assert judged.standing is Standing.PASS
    assert judged.hosts == (HostVerdict("all", "u", "2099.01", "Powered Cloud", Standing.INCOMPLETE),)


def test_rule_8_an_add_on_tells_the_waivers_on_which_its_hosts_standing_rests() -> None:
    host = guideline(capability("boot", required(A)), identity="2099.01")
    needed = (ComponentReference("all", "u"),)
    dns = Program("DNS", ProgramKind.ADD_ON, "", (ComponentReference("dns", None),), needed, (), ())
    zones = capability("zones", required(B))
    add_on = guideline(zones, components={"dns": [(Level.REQUIRED, "zones")]}, programs=(dns,), identity="dns.2099.01")
    granted = waiver(A)
    judged = judge(add_on, dns, results(attempt(A, Outcome.FAILED), attempt(B)), [granted], as_of=TODAY, hosts=[host])
    (found,) = judged.hosts
    assert found.waivers == (granted,)


def test_rule_8_an_add_on_whose_host_guideline_is_not_at_hand_says_so() -> None:
    dns = Program(
        "DNS", ProgramKind.ADD_ON, "", (ComponentReference("all", None),), (ComponentReference("host", "u"),), (), ()
    )
    add_on = guideline(capability("zones", required(B)), programs=(dns,))
    judged = judge(add_on, dns, results(attempt(B)), as_of=TODAY)
    assert judged.hosts == (HostVerdict("host", "u", None, None, None),)


def test_rule_8_an_add_on_that_needs_its_own_component_is_judged_all_the_same() -> None:
    odd = Program(
        "Odd", ProgramKind.ADD_ON, "", (ComponentReference("all", None),), (ComponentReference("all", None),), (), ()
    )
    judged = verdict(guideline(capability("zones", required(B)), programs=(odd,)), results(attempt(B)))
    assert judged.hosts == (HostVerdict("all", None, "2099.01", "Odd", Standing.PASS),)


# Rule 9


def damaged(*attempts: Attempt, kind: TroubleKind | None = None, scope: str = "", name: str = "cut") -> Evidence:
    """Evidence that is cut off, or with a trouble."""
    troubles = () if kind is None else (Trouble(kind, "worker 3 died", scope),)
    return evidence(*attempts, name=name, truncated=kind is None)._replace(troubles=troubles)


def at(name: str, began: float, outcome: Outcome = Outcome.PASSED) -> Attempt:
    return attempt(name, outcome, at=began)


@pytest.mark.parametrize("kind", [None, TroubleKind.CONTRADICTION, TroubleKind.ERROR])
@pytest.mark.parametrize(
    ("broken", "others", "standing"),
    [
        pytest.param([at(A, 0), at(B, 2)], [], Standing.INCOMPLETE, id="all passed before"),
        pytest.param([at(A, 0)], [at(B, 9)], Standing.PASS, id="what is missing ran later"),
        pytest.param([at(A, 0), at(B, 5, N)], [at(B, 9)], Standing.PASS, id="what was under way ran later"),
        pytest.param([at(A, 5)], [at(B, 0)], Standing.INCOMPLETE, id="what is missing ran before"),
        pytest.param([at(A, 0)], [at(B, 9, N)], Standing.INCOMPLETE, id="later, and not to its end"),
        pytest.param([at(A, 0), at(B, 2)], [at(B, 9)], Standing.INCOMPLETE, id="nothing was missing and one ran later"),
        pytest.param([at(A, 0), at(B, 2)], [at(A, 9), at(B, 9)], Standing.PASS, id="all ran later"),
        pytest.param([attempt(A)], [at(B, 9)], Standing.INCOMPLETE, id="it has no times"),
        pytest.param([at(A, 0)], [attempt(B)], Standing.INCOMPLETE, id="the other has no times"),
        pytest.param([], [at(A, 0), at(B, 2)], Standing.INCOMPLETE, id="nothing is left of it"),
        pytest.param([at(A, 0, F)], [at(B, 9)], Standing.FAIL, id="a failure stays one"),
    ],
)
def test_rule_9_evidence_that_is_cut_off_or_speaks_against_itself_is_never_a_pass_unless_made_up_for(
    kind: TroubleKind | None, broken: list[Attempt], others: list[Attempt], standing: Standing
) -> None:
    document = guideline(capability("boot", required(A), required(B)))
    judged = verdict(document, Results([damaged(*broken, kind=kind), evidence(*others, name="rest")]))
    assert judged.standing is standing
    told = next(one for one in judged.circumstances if one.file == "cut")
    assert told.weight is (None if standing is Standing.PASS else Standing.INCOMPLETE) or standing is Standing.FAIL
    assert told.words in sentence(judged)


@pytest.mark.parametrize(
    ("scope", "standing"),
    [
        pytest.param("suite.mod.ClassA", Standing.INCOMPLETE, id="a class that is asked for"),
        pytest.param("suite", Standing.INCOMPLETE, id="its package"),
        pytest.param(A, Standing.INCOMPLETE, id="the test itself"),
        pytest.param("suite.mod.ClassC", Standing.PASS, id="a class of which nothing is asked"),
        pytest.param("nobody knows", Standing.INCOMPLETE, id="nobody knows what"),
    ],
)
def test_rule_9_what_an_error_may_have_touched_is_what_its_scope_says(scope: str, standing: Standing) -> None:
    document = guideline(capability("boot", required(A)))
    judged = verdict(document, Results([damaged(at(A, 0), at(C, 2), kind=TroubleKind.ERROR, scope=scope)]))
    assert judged.standing is standing
    assert "; cut tells of errors outside of its tests" in sentence(judged)


def test_rule_9_two_damaged_pieces_do_not_make_up_for_each_other() -> None:
    document = guideline(capability("boot", required(A), required(B)))
    judged = verdict(document, Results([damaged(at(A, 0), name="x"), damaged(at(B, 9), name="y")]))
    assert judged.standing is Standing.INCOMPLETE
    assert "; 2 pieces of evidence stop in the middle" in sentence(judged)


def test_rule_9_nothing_that_is_not_applicable_becomes_incomplete() -> None:
    assert verdict(guideline(), Results([damaged()])).standing is Standing.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("ran", "kind"),
    [
        ([at(A, 1795219200), at(A, 1795219200 + 2 * 86400)], CircumstanceKind.DAYS_APART),
        ([at(A, 1795219200 + 3 * 86400)], CircumstanceKind.FUTURE),
        ([attempt(f"{A}_{n}")._replace(seconds=0.0) for n in range(9)], CircumstanceKind.INSTANT),
    ],
)
def test_odd_times_are_told_and_change_nothing(ran: list[Attempt], kind: CircumstanceKind) -> None:
    judged = verdict(guideline(capability("boot", required(A))), results(*ran))
    assert [(one.weight, one.is_short) for one in judged.circumstances if one.kind is kind] == [(None, False)]


def test_a_run_of_today_is_not_odd() -> None:
    judged = verdict(guideline(capability("boot", required(A))), results(at(A, 1795219200)))
    assert judged.circumstances == ()


# Rule 10


@pytest.mark.parametrize("spelling", ["flagged", "flag"])
def test_rule_10_refstack_read_names_and_aliases_and_the_key_flagged_only(spelling: str) -> None:
    entries = (required(A, U1), required(B, U2, C, flag=FLAG._replace(spelling=spelling)))
    document = guideline(capability("boot", *entries), capability("start", required(A, U1)), programs=(REFSTACK,))
    ran = results(attempt("renamed.test_one", Outcome.PASSED)._replace(uuid=U1), attempt(A, Outcome.SKIPPED))
    judged = verdict(document, ran, policy=REFSTACK_2020)
    flagged = int(spelling == "flagged")
    assert judged.refstack == RefstackCounts(tests=3, passed=0, flagged=flagged, flagged_failed=flagged)
    assert judged.standing is Standing.FAIL
    assert [judged.counted_as("boot", entry) for entry in entries] == [
        CountKind.FAILED,
        CountKind.FLAGGED if flagged else CountKind.FAILED,
    ]


def test_rule_10_nothing_of_nothing_was_yes() -> None:
    judged = verdict(guideline(programs=(REFSTACK,)), results(), policy=REFSTACK_2020)
    assert (judged.standing, judged.refstack) == (Standing.PASS, RefstackCounts(0, 0, 0, 0))


def test_what_did_not_simply_pass_is_in_doubt_and_everything_is_settled_in_order() -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2), required(C)))
    ran = results(attempt(f"{A}[id-{U3}]"), attempt(f"{C}", at=1), attempt(C, at=5), attempt(f"{B}[id-{U2}]"))
    judged = verdict(document, ran)
    assert [settled.test.name for settled in judged.all_settled()] == [A, B, C]
    assert list(judged.doubtful) == [A, C]
    assert [settled.found for settled in judged.all_settled()] == [FoundResult.NAME, FoundResult.ID, FoundResult.NAME]


def test_judging_twice_gives_the_same_and_changes_nothing() -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2, flag=FLAG)))
    ran = results(attempt(f"{A}[id-{U1}]", Outcome.FAILED, "boom"))
    first, second = verdict(document, ran), verdict(document, ran)
    assert (first.standing, first.capabilities, first.totals, first.doubtful) == (
        second.standing,
        second.capabilities,
        second.totals,
        second.doubtful,
    )
    assert verdict(document, results(attempt(A), attempt(B))).standing is Standing.PASS
