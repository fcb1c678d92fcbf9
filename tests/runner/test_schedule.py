"""The order of classes, and what it leads to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.runner.plan import Group, Queue, bound, makespan, pace_of, plan_groups, time_left
from certmark.runner.timings import ClassTimes, Timings

TIMES = Timings(
    {"m.Long": ClassTimes(10.0, {"test_a": 1.0, "test_b": 2.0}), "m.Short": ClassTimes(0.5, {"test_a": 0.1})}
)


def test_classes_are_whole_and_the_longest_is_first() -> None:
    ids = ["m.Short.test_a[id-1,smoke]", "m.Long.test_b", "m.New.test_a", "m.Long.test_a", "m.Short.test_a[id-1,smoke]"]
    assert plan_groups(ids, TIMES) == (
        Group("m.Long", ("m.Long.test_b", "m.Long.test_a"), 13.0),
        Group("m.New", ("m.New.test_a",), 4.5),
        Group("m.Short", ("m.Short.test_a[id-1,smoke]",), 0.6),
    )


def test_an_unknown_test_of_a_known_class_takes_what_its_sisters_take() -> None:
    assert TIMES.expected("m.Long", ["m.Long.test_new"]) == 11.5


def test_scenarios_are_of_one_class() -> None:
    (group,) = plan_groups(["m.A.test_x[id-1](one)", "m.A.test_x[id-1](two)"], TIMES)
    assert group.tests == ("m.A.test_x[id-1](one)", "m.A.test_x[id-1](two)")


def test_equal_expectations_are_ordered_by_name() -> None:
    groups = [Group(name, (), 1.0) for name in "cab"]
    queue = Queue(groups)
    assert [group.name for group in iter(queue.pull, None)] == ["a", "b", "c"]
    assert len(queue) == 0


def test_nothing_takes_no_time() -> None:
    assert makespan([], 4, lambda group: group.expected) == 0.0
    assert bound([], 4) == 0.0
    assert time_left(0.0, (), 4) == 0.0


def test_time_left_is_an_even_share_or_the_longest_that_runs() -> None:
    assert time_left(10.0, [2.0, 4.0], 2) == 8.0
    assert time_left(0.0, [9.0, -3.0], 2) == 9.0


@given(st.lists(st.floats(0.01, 1000), min_size=1, max_size=60), st.integers(1, 16))
def test_no_schedule_beats_the_bound_and_ours_is_within_a_third_of_it(seconds: list[float], workers: int) -> None:
    groups = [Group(str(number), (), took) for number, took in enumerate(seconds)]
    took = makespan(groups, workers, lambda group: group.expected)
    least = bound(seconds, workers)
    assert least <= took * (1 + 1e-9)
    # Graham 1969: longest first is at most 4/3 - 1/(3m) of the optimum, which the bound may miss by one class.
    assert took <= least * 4 / 3 + max(seconds)


@pytest.mark.parametrize(
    ("spans", "pace"),
    [((), 1.0), (((10.0, 20.0),), 2.0), (((10.0, 20.0), (30.0, 20.0)), 1.0), (((0.0, 5.0),), 1.0)],
)
def test_the_rest_takes_as_much_longer_as_what_was_seen(spans: tuple[tuple[float, float], ...], pace: float) -> None:
    assert pace_of(spans) == pace
