"""Findings of an examination: which weigh, in which order, and what a person may set aside."""

from __future__ import annotations

from certmark.domain.health import CloudFinding, HealthLevel, health_of

FATAL = CloudFinding("account-refused", HealthLevel.FATAL, "accounts", "tempest1 is refused")
WARNING = CloudFinding("clock-skew", HealthLevel.WARNING, "transport", "the clock is wrong")
WELL = CloudFinding("image", HealthLevel.OK, "image", "cirros is active")


def test_nothing_looked_at_is_fatal() -> None:
    assert health_of(()).is_fatal


def test_the_worst_comes_first_and_each_once() -> None:
    assert health_of([WELL, WARNING, FATAL, WARNING]).findings == (FATAL, WARNING, WELL)


def test_warnings_do_not_stop_a_run() -> None:
    assert not health_of([WARNING, WELL]).is_fatal


def test_a_fatal_finding_that_is_gone_on_despite_weighs_as_a_warning_and_says_so() -> None:
    health = health_of([FATAL, WELL], despite=["account-refused"])
    assert health.findings == (FATAL._replace(severity=HealthLevel.WARNING, despite=True), WELL)
    assert not health.is_fatal


def test_despite_is_about_its_own_id_only() -> None:
    assert health_of([FATAL], despite=["image-none"]).is_fatal
