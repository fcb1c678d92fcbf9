"""The rules of `domain.verdicts`, each under its name."""

from __future__ import annotations

from datetime import date

import pytest

from certmark.domain.guidelines import ComponentReference, Flag, Level, Program, ProgramKind
from certmark.domain.matching import FoundResult
from certmark.domain.policies import NONE_FAILED, REFSTACK_2020, STRICT, AttemptRule, Effect, Policy
from certmark.domain.results import ContradictoryResults, Outcome, Results
from certmark.domain.verdict_values import (
    CountKind,
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
    ran = results(attempt(f"{A}[id-{U2}]", Outcome.FAILED), attempt(f"{B}[id-{U1}]"))
    assert verdict(guideline(capability("boot", required(A, U1))), ran).settled(A).found_as == (B,)


def test_rule_1_where_an_id_leads_to_several_results_the_same_name_decides() -> None:
    ran = results(attempt(f"{A}[id-{U1}]"), attempt(f"{B}[id-{U1}]", Outcome.FAILED))
    judged = verdict(guideline(capability("boot", required(A, U1))), ran)
    assert (judged.standing, judged.settled(A).found_as) == (Standing.PASS, (A,))


def test_rule_1_where_an_id_leads_to_several_results_an_alias_decides_next() -> None:
    ran = results(attempt(f"{C}[id-{U1}]", Outcome.FAILED), attempt(f"{B}[id-{U1}]"))
    assert verdict(guideline(capability("boot", required(A, U1, B))), ran).settled(A).found_as == (B,)


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


def test_rule_2_a_set_up_that_failed_after_an_earlier_pass_counts() -> None:
    ran = results(
        attempt(f"{A}[id-{U1}]", at=1), attempt("setUpClass (suite.mod.ClassA)", Outcome.FAILED, "busy", at=10)
    )
    assert verdict(guideline(capability("boot", required(A, U1))), ran).settled(A).state is State.SETUP_ERROR


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
        (AttemptRule.LAST, State.SKIPPED),
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


def test_rule_7_attempts_without_times_are_in_the_order_of_the_files() -> None:
    ran = Results([evidence(attempt(A)), evidence(attempt(A, Outcome.FAILED))])
    assert verdict(guideline(capability("boot", required(A))), ran).standing is Standing.FAIL


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


@pytest.mark.parametrize("spelling", ["flagged", "flag"])
def test_rule_9_refstack_read_names_and_aliases_and_the_key_flagged_only(spelling: str) -> None:
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


def test_rule_9_nothing_of_nothing_was_yes() -> None:
    judged = verdict(guideline(programs=(REFSTACK,)), results(), policy=REFSTACK_2020)
    assert (judged.standing, judged.refstack) == (Standing.PASS, RefstackCounts(0, 0, 0, 0))


def test_what_did_not_simply_pass_is_in_doubt_and_everything_is_settled_in_order() -> None:
    document = guideline(capability("boot", required(A, U1), required(B, U2), required(C)))
    ran = results(attempt(f"{A}[id-{U2}]"), attempt(f"{C}", at=1), attempt(C, at=5), attempt(f"{B}[id-{U2}]"))
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
