"""How fast a cloud is asked, rule by rule."""

from __future__ import annotations

import pytest

from certmark.domain.pacing import Pace, latency_of, pace_for, unneeded_seconds


@pytest.mark.parametrize(
    ("latency", "at_once"), [(0.0, 12), (0.1, 12), (0.5, 12), (1.0, 6), (2.0, 3), (5.0, 2), (60.0, 2)]
)
def test_rule_1_a_slow_cloud_is_asked_for_fewer_things_at_a_time(latency: float, at_once: int) -> None:
    assert pace_for(latency, 12.0).at_once == at_once


@pytest.mark.parametrize(("latency", "seconds"), [(0.0, 12.0), (0.5, 12.0), (1.0, 20.0), (5.0, 100.0), (60.0, 120.0)])
def test_rule_2_an_answer_of_a_slow_cloud_may_take_longer(latency: float, seconds: float) -> None:
    assert pace_for(latency, 12.0).answer_seconds == seconds


def test_rule_2_a_person_who_has_set_more_time_gives_more_time() -> None:
    assert pace_for(0.1, 72.0).answer_seconds == 72.0
    assert pace_for(60.0, 300.0).answer_seconds == 300.0


def test_rule_3_all_is_given_up_when_nothing_came_for_twice_the_time_of_an_answer() -> None:
    assert Pace(12, 12.0).silence_seconds == 24.0


def test_rule_5_what_nobody_needs_has_as_long_again_and_three_seconds_at_least() -> None:
    assert (unneeded_seconds(0.2), unneeded_seconds(3.0), unneeded_seconds(10.0)) == (3.0, 3.0, 10.0)


def test_latency_is_the_usual_answer_or_half_a_sign_in() -> None:
    assert latency_of((), None) == 0.0
    assert latency_of((0.1, 0.1, 9.0), 0.1) == 0.1
    assert latency_of((0.1, 0.2, 0.3), 4.0) == 2.0
