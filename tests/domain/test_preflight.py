"""What stops a run, and when, rule by rule."""

from __future__ import annotations

import pytest

from certmark.domain.health import CloudFinding, HealthLevel, health_of
from certmark.domain.preflight import WHATEVER_THE_TESTS, findings_that_stop


def found(id_: str, level: HealthLevel = HealthLevel.FATAL) -> CloudFinding:
    return CloudFinding(id_, level, "a subject", "what was found")


@pytest.mark.parametrize("is_suite_known", [False, True])
def test_nothing_found_names_nothing_that_stops_and_is_fatal_all_the_same(is_suite_known: bool) -> None:
    assert findings_that_stop(health_of(()), is_suite_known=is_suite_known) == ()
    assert health_of(()).is_fatal


@pytest.mark.parametrize("level", [level for level in HealthLevel if level is not HealthLevel.FATAL])
def test_rule_1_only_what_is_fatal_stops(level: HealthLevel) -> None:
    health = health_of([found("account-refused", level), found("quota-volumes", level)])
    assert findings_that_stop(health, is_suite_known=True) == ()
    assert findings_that_stop(health, is_suite_known=False) == ()


def test_rule_2_what_depends_on_the_tests_waits_for_the_suite() -> None:
    sure, unsure = found("account-refused"), found("quota-volumes")
    health = health_of([unsure, sure])
    assert findings_that_stop(health, is_suite_known=False) == (sure,)
    assert findings_that_stop(health, is_suite_known=True) == (unsure, sure)


@pytest.mark.parametrize("id_", sorted(WHATEVER_THE_TESTS))
def test_rule_2_each_of_these_stops_at_once(id_: str) -> None:
    assert findings_that_stop(health_of([found(id_)]), is_suite_known=False) == (found(id_),)


@pytest.mark.parametrize("id_", ["account-roles", "accounts-few", "image-none", "network-external", "quota-cores"])
def test_rule_2_what_only_some_tests_need_does_not(id_: str) -> None:
    assert findings_that_stop(health_of([found(id_)]), is_suite_known=False) == ()


def test_rule_3_what_a_person_goes_on_despite_stops_nothing() -> None:
    health = health_of([found("account-refused")], despite=["account-refused"])
    assert findings_that_stop(health, is_suite_known=False) == ()
    assert findings_that_stop(health, is_suite_known=True) == ()
