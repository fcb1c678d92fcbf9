from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from certmark.domain.policies import NONE_FAILED, REFSTACK_2020, STRICT, Policy
from certmark.domain.verdict_values import Standing, Verdict
from support.rendering import rendered


class Case(NamedTuple):
    suite: str
    name: str
    kind: str


def cases(verdict: Verdict) -> list[Case]:
    return [
        Case(suite.get("name", ""), case.get("name", ""), next((child.tag for child in case), "passed"))
        for suite in ET.fromstring(rendered("junit", verdict, evaluator="1"))  # noqa: S314 - our own output
        for case in suite.iter("testcase")
    ]


def test_every_test_is_a_case_of_its_capability(everything: Verdict) -> None:
    assert cases(everything) == [
        Case("verdict", "Powered Things", "failure"),
        Case("things-create", "test_one", "failure"),
        Case("things-create", "test_two", "failure"),
        Case("things-list", "test_skip", "skipped"),
        Case("things-list", "test_gone", "error"),
        Case("things-list", "test_begun", "error"),
        Case("things-class", "test_a", "error"),
        Case("things-class", "test_b", "error"),
        Case("things-old", "test_name", "passed"),
        Case("things-old", "test_key", "passed"),
        Case("things-again", "test_twice", "passed"),
        Case("things-flagged", "test_it", "skipped"),
        Case("things-waived", "test_it", "skipped"),
        Case("things-waived", "test_fine", "passed"),
        Case("things-later", "test_it", "skipped"),
    ]


@pytest.mark.parametrize("outcome", ["passed", "failed", "skipped", "setup-error", "unfinished", ""])
def test_ci_is_red_exactly_when_the_verdict_is_not_pass(one_test: Callable[[str], Verdict], outcome: str) -> None:
    verdict = one_test(outcome)
    assert is_red(verdict) is (verdict.standing is not Standing.PASS)


def test_ci_is_red_where_nothing_was_judged(nothing: Verdict) -> None:
    assert cases(nothing) == [Case("verdict", "Powered Things", "error")]


@pytest.mark.parametrize("policy", [STRICT, NONE_FAILED, REFSTACK_2020], ids=lambda policy: policy.name)
def test_a_red_case_stands_where_the_policy_counts_a_failure(
    everything_under: Callable[[Policy], Verdict], policy: Policy
) -> None:
    verdict = everything_under(policy)
    red = {case.suite for case in cases(verdict) if case.kind in {"failure", "error"}}
    failed = {capability.key for capability in verdict.capabilities if capability.failed} - {"things-later"}
    assert failed < red
    assert "things-later" not in red


def is_red(verdict: Verdict) -> bool:
    return any(case.kind in {"failure", "error"} for case in cases(verdict))


def test_the_counts_of_a_suite_are_those_of_its_cases(everything: Verdict) -> None:
    root = ET.fromstring(rendered("junit", everything, evaluator="1"))  # noqa: S314 - our own output
    for suite in (root, *root):
        for attribute, tag in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(suite.get(attribute, "")) == len(list(suite.iter(tag)))


def test_hostile_text_is_well_formed_and_told_whole(hostile: Verdict) -> None:
    root = ET.fromstring(rendered("junit", hostile, evaluator="1"))  # noqa: S314 - our own output
    message = next(root.iter("skipped")).get("message", "")
    assert "<script>alert(1)</script>" in message
    assert "\\x1b" in message
