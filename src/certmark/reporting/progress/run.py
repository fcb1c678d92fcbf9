"""How far a run is: counts and times as its events come, and a line for whatever is worth one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from certmark.domain.identity import fixture_of, split
from certmark.domain.phrases import counted
from certmark.domain.verdict_values import Verdict
from certmark.formats.run_record import RunRecord
from certmark.runner.events import (
    CaseBegan,
    CaseEnded,
    Event,
    GroupBegan,
    GroupEnded,
    RunBegan,
    RunEnded,
    Stopping,
    TimedOut,
    WorkerDied,
)

_BAD = {"fail": "failed", "uxsuccess": "passed unexpectedly", "xfail": "failed as expected"}
_LONGEST_NAME = 60


class RunningGroup(NamedTuple):
    """What a worker does now."""

    worker: int
    group: str
    """The class, without its module."""
    test: str
    """The test's method; `setting up` before the first one."""
    seconds: float
    """Since the class began."""


class RunTally:
    """What is counted while a run goes on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.asked = 0
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self._clock = clock
        self._began = clock()
        self._left = 0.0
        self._looked = self._began
        self._running: dict[int, tuple[str, str, float]] = {}
        """Worker: class, test, when the class began."""
        self._asked_of: dict[str, int] = {}
        self._counted: dict[str, int] = {}

    @property
    def done(self) -> int:
        """Tests that are settled."""
        return min(self.asked, sum(self._counted.values()))

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._clock() - self._began

    @property
    def time_left(self) -> float:
        """Seconds, as far as one can tell."""
        return max(0.0, self._left - (self._clock() - self._looked))

    @property
    def running(self) -> list[RunningGroup]:
        """What goes on now, by worker."""
        now = self._clock()
        return [
            RunningGroup(worker, group.rpartition(".")[2], _method(test), now - began)
            for worker, (group, test, began) in sorted(self._running.items())
        ]

    def hear(self, event: Event) -> None:
        """Count `event`."""
        match event:
            case RunBegan():
                self.asked = event.tests
                self._look(event.expected)
            case GroupBegan():
                self._running[event.worker] = (event.group, "", self._clock())
                self._asked_of[event.group] = event.tests
                self._counted[event.group] = 0
            case CaseBegan():
                group, _, began = self._running.get(event.worker, (event.group, "", self._clock()))
                self._running[event.worker] = (group, event.test, began)
            case CaseEnded():
                self._count(event)
            case GroupEnded():
                self._running.pop(event.worker, None)
                self._counted[event.group] = self._asked_of.get(event.group, 0)
                self._look(event.left)
            case _:
                pass

    def _count(self, event: CaseEnded) -> None:
        if fixture_of(event.test) is None:
            self._counted[event.group] = self._counted.get(event.group, 0) + 1
        self.passed += event.outcome == "success"
        self.skipped += event.outcome == "skip"
        self.failed += event.outcome in _BAD

    def _look(self, left: float) -> None:
        self._left, self._looked = left, self._clock()

    def counts(self) -> str:
        """`12 passed, 1 failed`."""
        parts = [f"{self.passed} passed"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.skipped} skipped"] if self.skipped else []
        return ", ".join(parts)


def progress_line(event: Event, tally: RunTally) -> str:
    """The line for `event`, which `tally` has heard, where lines are all that is shown; empty if it is worth none."""
    match event:
        case RunBegan():
            return (
                f"{counted(event.tests, 'test')} in {counted(event.groups, 'class', 'classes')}, "
                f"{event.workers} at a time; about {duration(event.expected)}"
            )
        case GroupEnded():
            return (
                f"[{tally.done:>4}/{tally.asked}] {event.group} {event.ending.value} in "
                f"{event.seconds:.1f} s; {tally.counts()}; {duration(event.left)} left"
            )
        case _:
            return trouble(event)


def trouble(event: Event) -> str:
    """The line for something that went wrong; empty for anything else."""
    match event:
        case CaseEnded() if event.outcome in _BAD:
            return f"  {_BAD[event.outcome]}: {split(event.test).name}: {event.why or 'no reason given'}"
        case WorkerDied():
            return f"  died: {event.group}: its worker ended with {event.how}" + _in(event.test)
        case TimedOut():
            return f"  timed out: {event.group}: more than {event.limit:g} s" + _in(event.test)
        case Stopping():
            return "stopping after the running tests; Ctrl-C again stops at once"
        case _:
            return ""


def ending_line(event: RunEnded, tally: RunTally) -> str:
    """What stays on the screen when all workers are gone."""
    return f"{tally.counts()} in {duration(event.seconds)}"


def verdict_event(record: RunRecord, verdict: Verdict, unanswered: tuple[str, ...], folder: str) -> dict[str, object]:
    """The last event of a run, in the form of `runner.events.as_json`."""
    return {
        "event": "verdict",
        "run": record.run,
        "program": verdict.program.name,
        "standing": verdict.standing.value,
        "unanswered": list(unanswered),
        "missing": list(record.guideline.missing),
        "folder": folder,
    }


def duration(seconds: float) -> str:
    """`42 s`, `3 min`, `2 h 05`."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    if whole < 3600:
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60:02}"


def _in(test: str | None) -> str:
    return "" if test is None else f", in {split(test).name}"


def _method(test: str) -> str:
    return split(test).name.rpartition(".")[2][:_LONGEST_NAME] if test else "setting up"
