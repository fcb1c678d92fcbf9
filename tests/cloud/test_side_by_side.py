"""Things done at once: order, failures, and what is late."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from certmark.cloud import concurrency
from certmark.cloud.concurrency import SideBySide, side_by_side
from support.waiting import PATIENCE


def test_everything_is_done_and_told_in_the_order_asked() -> None:
    tasks = {str(number): lambda number=number: number for number in range(40)}
    assert side_by_side(tasks, 10.0) == {str(number): number for number in range(40)}
    assert side_by_side({}, 10.0) == {}


def test_what_is_raised_stands_in_the_place_of_an_answer_and_costs_nothing_else() -> None:
    def broken() -> str:
        raise LookupError("here")

    found = side_by_side({"broken": broken, "sound": lambda: "well"}, 10.0)
    assert isinstance(found["broken"], LookupError)
    assert found["sound"] == "well"


def test_what_hangs_is_late_and_holds_up_nobody() -> None:
    ever = threading.Event()
    try:
        found = side_by_side({"hangs": ever.wait, "sound": lambda: True}, 0.2)
    finally:
        ever.set()
    assert (str(found["hangs"]), found["sound"]) == ("not done within 0.2 s", True)


def test_more_can_be_asked_when_all_threads_have_ended() -> None:
    work: SideBySide[int] = SideBySide(10.0, at_once=2)
    work.submit("first", lambda: 1)
    assert work.results() == {"first": 1}
    heard: list[tuple[int, int]] = []
    is_told = threading.Event()
    for number in range(5):
        work.submit(f"later {number}", lambda number=number: is_told.wait(60) and number)  # type: ignore[misc]  # mypy cannot infer it

    def tell(done: int, of: int) -> None:
        heard.append((done, of))
        is_told.set()

    assert list(work.results(tell).values()) == [1, 0, 1, 2, 3, 4]
    assert {all_ for _, all_ in heard} == {6}
    assert max(done for done, _ in heard) < 6


def test_what_is_not_needed_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "unneeded_seconds", lambda _took: 0.05)
    ever = threading.Event()
    try:
        found = side_by_side({"unneeded": ever.wait, "needed": lambda: True}, PATIENCE, needed={"needed", "absent"})
    finally:
        ever.set()
    assert found["needed"] is True
    assert isinstance(found["unneeded"], TimeoutError)


def test_what_goes_on_as_long_as_tasks_end_is_not_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(concurrency, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    is_awaited = threading.Event()

    def slow() -> bool:
        is_awaited.wait(PATIENCE)
        clock[0] += 0.6
        return True

    work: SideBySide[bool] = SideBySide(1.0, at_once=1, as_long_as_they_end=True)
    for number in range(4):
        work.submit(str(number), slow)
    assert work.results(lambda _done, _all: is_awaited.set()) == dict.fromkeys("0123", True)
