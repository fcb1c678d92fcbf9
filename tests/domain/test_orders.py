"""Standing orders: when they are due, who may take one, and that nothing is at work twice on one cloud."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.errors import InvalidRequest
from certmark.domain.orders.assignments import (
    GRACE,
    LEASE,
    MOST_ATTEMPTS,
    AssignmentDemand,
    AssignmentEnd,
    AssignmentResult,
    AssignmentState,
    LostAssignment,
    OrderAssignment,
    RunnerTerms,
    cancelled,
    choose,
    claimed,
    ended,
    heard,
    lapsed,
)
from certmark.domain.orders.schedules import InvalidSchedule, read_schedule, window_end
from certmark.domain.orders.terms import InvalidOrder, OrderTerms, check_terms, health_of

S = 1_000_000
PASSED = AssignmentEnd(AssignmentState.DONE, AssignmentResult.PASS, b"run", "")
NOT_TESTED = AssignmentEnd(AssignmentState.DONE, AssignmentResult.NOT_TESTED, None, "no")
SKIPPED = AssignmentEnd(AssignmentState.SKIPPED, None, None, "not alive")


def moment(text: str) -> int:
    return int(dt.datetime.fromisoformat(f"{text}+00:00").timestamp()) * S


def due(name: str = "a", cloud: str = "one", *, until: int = 3600 * S) -> OrderAssignment:
    return OrderAssignment(name.encode(), name.encode(), b"", cloud, "p", 0, until)


@pytest.mark.parametrize(
    ("text", "after", "following"),
    [
        ("daily 02:00", "2026-11-29 01:59:59", "2026-11-29 02:00:00"),
        ("daily 02:00", "2026-11-29 02:00:00", "2026-11-30 02:00:00"),
        ("mon thu 23:59", "2026-11-29 12:00:00", "2026-11-30 23:59:00"),
        ("sun 00:00", "2026-11-29 00:00:00", "2026-12-06 00:00:00"),
        ("monthly 02:00", "2026-12-01 02:00:00", "2027-01-01 02:00:00"),
        ("quarterly 02:00", "2026-11-29 02:00:00", "2027-01-01 02:00:00"),
        ("yearly 02:00", "2027-01-01 02:00:00", "2028-01-01 02:00:00"),
        ("daily 02:00", "2028-02-28 03:00:00", "2028-02-29 02:00:00"),
        ("by hand", "2026-11-29 00:00:00", None),
    ],
)
def test_what_is_due_next_is_after_the_moment(text: str, after: str, following: str | None) -> None:
    assert read_schedule(text).next_after(moment(after)) == (None if following is None else moment(following))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "daily",
        "daily 24:00",
        "daily 2:00",
        "someday 02:00",
        "mon monthly 02:00",
        "daily mon 02:00",
        "Daily 02:00",
        "daily 02:00\n",
        "  02:00",
    ],
)
def test_what_is_no_schedule_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidSchedule, match="daily 02:00"):
        read_schedule(text)


@pytest.mark.parametrize(
    "change",
    [
        {"cloud": "../etc"},
        {"cloud": ""},
        {"cloud": "-x"},
        {"guideline": "/etc/passwd"},
        {"suite": "https://x"},
        {"suite_version": "a b"},
        {"program": "-p"},
        {"program": "a\nb"},
        {"name": "x" * 201},
        {"labels": ("a", "b/c")},
        {"labels": tuple(f"l{n}" for n in range(21))},
        {"workers": 0},
    ],
)
def test_an_order_names_no_file_and_no_option(change: dict[str, object]) -> None:
    with pytest.raises(InvalidOrder):
        check_terms(OrderTerms("n", "c", "p")._replace(**change))  # type: ignore[arg-type]  # odd on purpose


def test_a_claim_is_a_lease_that_each_word_of_its_runner_renews() -> None:
    one = claimed(due(), b"r", 10)
    assert (one.state, one.attempt, one.lease) == (AssignmentState.CLAIMED, 1, 10 + LEASE)
    assert (
        heard(one, 1, 20, "5 of 9")[6:]
        == one._replace(state=AssignmentState.RUNNING, lease=20 + LEASE, progress="5 of 9", revision=2)[6:]
    )


@pytest.mark.parametrize(
    ("one", "labels", "clouds", "now", "is_taken"),
    [
        (due(), "", "one", 0, True),
        (due(), "", "", 0, False),
        (due(), "", "two", 0, False),
        (due(), "eu", "one", 0, False),
        (due(until=5), "", "one", 5, False),
        (claimed(due(), b"r", 0), "", "one", LEASE + GRACE - 1, False),
        (claimed(due(), b"r", 0), "", "one", LEASE + GRACE, True),
        (claimed(due(until=5), b"r", 0), "", "one", LEASE + GRACE, True),
        (cancelled(claimed(due(), b"r", 0), 1, ""), "", "one", LEASE + GRACE, False),
        (claimed(due()._replace(attempt=MOST_ATTEMPTS - 1), b"r", 0), "", "one", LEASE + GRACE, False),
    ],
)
def test_a_runner_takes_what_is_open_and_fits_it(
    one: OrderAssignment, labels: str, clouds: str, now: int, is_taken: bool
) -> None:
    demands = [AssignmentDemand(one, frozenset(labels.split()))]
    terms = RunnerTerms(frozenset({"de"}), frozenset(clouds.split()))
    assert choose(demands, [one] if one.lease else [], terms, now) == (one if is_taken else None)


def test_nothing_is_nothing_to_take() -> None:
    assert choose([], [], RunnerTerms(frozenset(), frozenset({"one"})), 0) is None


def test_a_cloud_at_work_waits_whatever_order_it_is_of() -> None:
    busy, terms = claimed(due("a"), b"r", 0), RunnerTerms(frozenset(), frozenset({"one", "two"}))
    others = [AssignmentDemand(one, frozenset()) for one in (due("b"), due("c", "two"))]
    assert choose(others, [busy], terms, 1) == others[1].assignment


@pytest.mark.parametrize(
    ("one", "now", "state"),
    [
        (due(until=9), 8, AssignmentState.DUE),
        (due(until=9), 9, AssignmentState.OVERDUE),
        (claimed(due(until=9), b"r", 0), 9, AssignmentState.CLAIMED),
        (claimed(due(), b"r", 0), LEASE + GRACE, AssignmentState.CLAIMED),
        (cancelled(claimed(due(), b"r", 0), 1, ""), LEASE + GRACE, AssignmentState.CANCELLED),
        (claimed(due()._replace(attempt=MOST_ATTEMPTS - 1), b"r", 0), LEASE + GRACE, AssignmentState.DONE),
    ],
)
def test_the_clock_ends_what_nobody_else_ends(one: OrderAssignment, now: int, state: AssignmentState) -> None:
    after = lapsed(one, now)
    assert after.state is state
    assert (after is one) == (state is one.state)
    assert after.result is (AssignmentResult.NOT_TESTED if state is AssignmentState.DONE else None)


@pytest.mark.parametrize(
    ("end", "refused"),
    [
        (PASSED, False),
        (NOT_TESTED, False),
        (SKIPPED, False),
        (PASSED._replace(run=None), True),
        (NOT_TESTED._replace(run=b"run"), True),
        (SKIPPED._replace(result=AssignmentResult.PASS, run=b"run"), True),
        (PASSED._replace(result=None), True),
        (AssignmentEnd(AssignmentState.CANCELLED, None, None, ""), True),
        (AssignmentEnd(AssignmentState.OVERDUE, None, None, ""), True),
    ],
)
def test_a_runner_ends_it_with_what_there_is_of_it(end: AssignmentEnd, refused: bool) -> None:
    one = claimed(due(), b"r", 0)
    if refused:
        with pytest.raises(InvalidRequest):
            ended(one, 1, 5, end)
    else:
        after = ended(one, 1, 5, end)
        assert (after.state, after.result, after.lease, after.ended) == (end.state, end.result, None, 5)


def test_whoever_lost_it_changes_nothing() -> None:
    again = claimed(claimed(due(), b"r", 0), b"s", LEASE + GRACE)
    late_ones: list[Callable[[], object]] = [lambda: heard(again, 1, 0, ""), lambda: ended(again, 1, 0, PASSED)]
    for late in late_ones:
        with pytest.raises(LostAssignment):
            late()
    with pytest.raises(LostAssignment):
        cancelled(ended(again, 2, 0, PASSED), 1, "")


def test_two_missed_periods_make_a_last_test_stale() -> None:
    passed, missed = due()._replace(state=AssignmentState.DONE, result=AssignmentResult.PASS), lapsed(due(), 3600 * S)
    gone = cancelled(due(), 0, "")
    assert (health_of([]).last_pass, health_of([]).missed, health_of([]).is_stale) == (None, 0, False)
    assert health_of([missed, gone, passed]) == (passed, 1)
    assert health_of([missed, missed, passed]).is_stale


CLOUDS = ("one", "two")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "beat", "end", "die", "cancel", "tick", "wait", "long"]),
        st.integers(0, 2),  # which runner
        st.integers(0, 3),  # which order
    ),
    max_size=60,
)


class Model:
    """A server with four orders on two clouds, and three runners, each with a clock of its own."""

    def __init__(self) -> None:
        self.kept = {n: due(str(n), CLOUDS[n % 2], until=300 * S) for n in range(4)}
        self.working: dict[int, tuple[int, int, int]] = {}
        """Runner -> order, attempt, the end of its lease as it knows it."""
        self.ends: dict[int, int] = defaultdict(int)
        self.now = 0

    def keep(self, number: int, after: OrderAssignment) -> None:
        before = self.kept[number]
        assert not before.state.is_end or after is before
        self.ends[number] += after.state.is_end and not before.state.is_end
        self.kept[number] = after

    def claim(self, runner: int, _: int) -> None:
        if runner in self.working:
            return
        at_work = [one for one in self.kept.values() if one.lease is not None]
        demands = [AssignmentDemand(one, frozenset()) for one in self.kept.values() if not one.state.is_end]
        found = choose(demands, at_work, RunnerTerms(frozenset(), frozenset(CLOUDS)), self.now)
        if found is not None:
            self.keep(int(found.id), claimed(found, b"r", self.now))
            self.working[runner] = (int(found.id), found.attempt + 1, self.now + LEASE)

    def beat(self, runner: int, _: int) -> None:
        if runner in self.working:
            number, attempt, _end = self.working[runner]
            self.keep(number, heard(self.kept[number], attempt, self.now, ""))
            self.working[runner] = (number, attempt, self.now + LEASE)

    def end(self, runner: int, _: int) -> None:
        if runner in self.working:
            number, attempt, _end = self.working.pop(runner)
            self.keep(number, ended(self.kept[number], attempt, self.now, PASSED))

    def die(self, runner: int, _: int) -> None:
        self.working.pop(runner, None)

    def cancel(self, _: int, order: int) -> None:
        if not self.kept[order].state.is_end:
            self.keep(order, cancelled(self.kept[order], self.now, ""))

    def tick(self, *_: int) -> None:
        for number, one in list(self.kept.items()):
            self.keep(number, lapsed(one, self.now))

    def wait(self, *_: int) -> None:
        self.now += 20 * S

    def long(self, *_: int) -> None:
        self.now += LEASE + GRACE


@given(EVENTS)
def test_whatever_happens_a_cloud_is_tested_by_one_runner_at_a_time_and_each_order_ends_once(
    events: list[tuple[str, int, int]],
) -> None:
    model = Model()
    for what, runner, order in events:
        model.now += S
        model.working = {who: has for who, has in model.working.items() if has[2] > model.now}  # its own clock stops it
        getattr(model, what)(runner, order)
        model.working = {who: has for who, has in model.working.items() if has[2] > model.now}
        for clouds in (
            [model.kept[has[0]].cloud for has in model.working.values()],
            [one.cloud for one in model.kept.values() if one.lease is not None],
        ):
            assert len(clouds) == len(set(clouds))
    model.working = {}
    for _ in range(2 * MOST_ATTEMPTS + 2):
        model.long()
        model.tick()
        model.claim(0, 0)
        model.claim(1, 0)
        model.working = {}
    model.now += 300 * S
    model.tick()
    assert all(one.state.is_end and model.ends[number] == 1 for number, one in model.kept.items())


def test_a_window_is_minutes() -> None:
    assert window_end(0, 2) == 120 * S
