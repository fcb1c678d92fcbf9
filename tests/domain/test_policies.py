from __future__ import annotations

import pytest

from certmark.domain.policies import (
    NONE_FAILED,
    POLICIES,
    AttemptRule,
    Effect,
    InvalidPolicy,
    Policy,
    policy_document,
    policy_from,
)


@pytest.mark.parametrize("policy", POLICIES.values())
def test_a_policy_reads_back_equal(policy: Policy) -> None:
    assert policy_from(policy_document(policy)) == policy


def test_a_policy_is_known_by_its_name() -> None:
    assert policy_from("none-failed") is NONE_FAILED


def test_an_object_says_what_differs_from_the_default() -> None:
    assert policy_from({"name": "scs", "skipped": "ignored", "attempts": "worst"}) == Policy(
        "scs", "", skipped=Effect.IGNORED, attempts=AttemptRule.WORST
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            "lenient",
            "there is no policy 'lenient'; the ones that come along are strict, none-failed, conformance, refstack-2020",
        ),
        (42, 'a policy is a name or an object with a "name"'),
        ({"skipped": "fail"}, 'a policy is a name or an object with a "name"'),
        ({"name": "p", "failed": "ignored"}, "unknown key 'failed' in a policy; it may have name, description, "),
        (
            {"name": "p", "skipped": "pass"},
            "skipped in a policy is 'pass'; it must be one of fail, incomplete, ignored",
        ),
        ({"name": "p", "attempts": 1}, "attempts in a policy is 1; it must be one of last, first, best, worst"),
    ],
)
def test_a_policy_that_says_something_else_is_refused(document: object, message: str) -> None:
    with pytest.raises(InvalidPolicy) as refusal:
        policy_from(document)
    assert str(refusal.value).startswith(message)


def test_no_policy_can_turn_a_failure_into_a_pass() -> None:
    assert "failed" not in Policy._fields
    assert {effect.value for effect in Effect} == {"fail", "incomplete", "ignored"}


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_that_has_the_name_of_one_that_comes_along_and_differs_is_refused(name: str) -> None:
    with pytest.raises(InvalidPolicy, match=f"the policy {name} differs from the one of this name that comes along"):
        policy_from({"name": name, "skipped": "fail"})


def test_an_earlier_report_s_policy_tells_of_clean_ups_and_other_failures() -> None:
    document = policy_document(NONE_FAILED)
    assert (
        policy_from({key: value for key, value in document.items() if key not in {"teardown", "others"}}) is NONE_FAILED
    )


def test_failures_elsewhere_cannot_make_a_verdict_incomplete() -> None:
    with pytest.raises(InvalidPolicy, match="others in a policy is 'incomplete'; it must be one of tell, fail"):
        policy_from({"name": "p", "others": "incomplete"})


@pytest.mark.parametrize("name", ["Strict", " strict ", "STRICT", "none_failed", "None Failed", "RefStack-2020"])
def test_a_name_that_people_take_for_one_that_comes_along_is_refused(name: str) -> None:
    with pytest.raises(InvalidPolicy, match="differs from the one of this name that comes along"):
        policy_from({"name": name})


@pytest.mark.parametrize("name", ["", " ", "strict\u200b", "strict\n", "st\x1b[0mrict"])
def test_the_name_of_a_policy_can_be_read(name: str) -> None:
    with pytest.raises(InvalidPolicy, match="must be a word that can be read"):
        policy_from({"name": name})
