"""Waivers of a range of guidelines, in a verdict."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from certmark.domain.guidelines import WaiverRules
from certmark.domain.results import Outcome
from certmark.domain.verdict_values import Standing, WaiverUse
from certmark.domain.waivers import GuidelineRange, Scope, Waiver, is_dated
from support.build import TODAY, U1, attempt, capability, guideline, required, results, verdict

A, B = "suite.mod.Class.test_one", "suite.mod.Class.test_two"


@pytest.mark.parametrize(
    ("covered", "use", "standing"),
    [
        (None, WaiverUse.USED, Standing.PASS),
        (GuidelineRange(None, None), WaiverUse.USED, Standing.PASS),
        (GuidelineRange("2020.06", "2026.11"), WaiverUse.USED, Standing.PASS),
        (GuidelineRange(None, "2020.06"), WaiverUse.OTHER_GUIDELINE, Standing.FAIL),
        (GuidelineRange("2027.05", None), WaiverUse.OTHER_GUIDELINE, Standing.FAIL),
    ],
)
def test_rule_3_a_waiver_holds_under_its_guidelines_and_no_other(
    covered: GuidelineRange | None, use: WaiverUse, standing: Standing
) -> None:
    document = guideline(capability("boot", required(A, U1), required(B)))._replace(id="2026.11")
    waiver = Waiver(Scope.TEST, A, "known upstream bug", "programme office", TODAY, guidelines=covered)
    judged = verdict(document, results(attempt(f"{A}[id-{U1}]", Outcome.FAILED), attempt(B)), [waiver])
    assert (judged.waivers[0].use, judged.standing) == (use, standing)


@pytest.mark.parametrize(
    ("name", "dated"), [("2026.11", True), ("dns.2020.06", True), ("next", False), ("v1.31", False)]
)
def test_guidelines_with_a_date_have_a_place_in_a_range(name: str, *, dated: bool) -> None:
    assert is_dated(name) is dated


def test_a_range_is_told_in_words() -> None:
    told = [str(GuidelineRange(*ends)) for ends in (("1", "2"), ("1", None), (None, "2"), ("list", "list"))]
    assert told == ["guidelines from 1 to 2", "guidelines from 1 on", "guidelines to 2", "guideline list"]


@pytest.mark.parametrize(
    ("rules", "granted", "approvers", "reason"),
    [
        (WaiverRules(), None, (), ""),
        (WaiverRules(approvers=2), None, ("ada", "bo"), ""),
        (
            WaiverRules(approvers=2),
            None,
            ("ada", "ada"),
            "1 signature of approvers on it, and the guideline asks for 2",
        ),
        (WaiverRules(longest_days=30), TODAY - timedelta(29), (), ""),
        (
            WaiverRules(longest_days=30),
            TODAY - timedelta(30),
            (),
            "it holds for 31 days, and the guideline allows 30",
        ),
        (
            WaiverRules(longest_days=30),
            None,
            (),
            "it does not say since when it holds, and the guideline allows 30 days",
        ),
    ],
)
def test_rule_3_a_waiver_that_the_guideline_does_not_allow_settles_nothing(
    rules: WaiverRules, granted: date | None, approvers: tuple[str, ...], reason: str
) -> None:
    document = guideline(capability("boot", required(A, U1)))._replace(waiver_rules=rules)
    waiver = Waiver(Scope.TEST, A, "known upstream bug", "programme office", TODAY, granted, approvers=approvers)
    judged = verdict(document, results(attempt(f"{A}[id-{U1}]", Outcome.FAILED)), [waiver])
    use = WaiverUse.AGAINST_RULES if reason else WaiverUse.USED
    assert (judged.waivers[0].use, judged.waivers[0].reason) == (use, reason)
    assert judged.standing is (Standing.FAIL if reason else Standing.NOT_APPLICABLE)
