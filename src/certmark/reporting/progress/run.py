"""How far a run is: counts and times as its events come, and a line for whatever is worth one."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from certmark.domain.identity import fixture_of, split
from certmark.domain.phrases import counted
from certmark.domain.verdict_values import Verdict
from certmark.formats.run_endings import Ending
from certmark.formats.run_record import RunRecord
from certmark.runner.events import (
    CaseBegan,
    CaseEnded,
    Cleaned,
    Event,
    GroupBegan,
    GroupEnded,
    OutageBegan,
    OutageEnded,
    RunBegan,
    RunEnded,
    Stopping,
    TimedOut,
    WorkerDied,
)

_BAD = {"fail": "failed", "uxsuccess": "passed unexpectedly", "xfail": "failed as expected"}
_LONGEST_NAME = 60
_LONGEST_CAUSE = 160
_CAUSES = 5
_TOLD_AGAIN = frozenset({10, 100, 1000})
_VARIES = re.compile(r"\S*\d\S*|'[^']*'|\"[^\"]*\"")
"""What differs between failures of one cause: words with digits, and what is quoted."""
_NOT_SETTLED = frozenset({Ending.INTERRUPTED, Ending.OUTAGE})


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
        self.causes: Counter[str] = Counter()
        """How many failures there were of each cause, as `cause_of` has it."""
        self._clock = clock
        self._began = clock()
        self.is_stopping = False
        """Whether a person asked for an end."""
        self._left = 0.0
        self._looked = self._began
        self._running: dict[int, tuple[str, str, float]] = {}
        """Worker: class, test, when the class began."""
        self._asked_of: dict[str, int] = {}
        self._settled: dict[str, int] = {}
        """Class: tests of it that are settled."""
        self._outcomes: dict[str, Counter[str]] = {}
        """Class: its outcomes; a class that begins again begins at nothing."""

    @property
    def done(self) -> int:
        """Tests that are settled."""
        return min(self.asked, sum(self._settled.values()))

    @property
    def passed(self) -> int:
        """Tests that passed."""
        return self._count_of("passed")

    @property
    def failed(self) -> int:
        """Tests that failed."""
        return self._count_of("failed")

    @property
    def skipped(self) -> int:
        """Tests, and classes, that were skipped."""
        return self._count_of("skipped")

    @property
    def unfit(self) -> int:
        """Fixtures of classes that failed."""
        return self._count_of("unfit")

    def _count_of(self, word: str) -> int:
        return sum(outcomes[word] for outcomes in self._outcomes.values())

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return self._clock() - self._began

    @property
    def time_left(self) -> float:
        """Seconds, as far as one can tell; where more passed than was expected, as what is done took."""
        left = self._left - (self._clock() - self._looked)
        if left > 0 or self.is_stopping or self.done >= self.asked:
            return max(0.0, left)
        return self.seconds * (self.asked - self.done) / max(1, self.done)

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
                self._settled[event.group] = 0
                self._outcomes[event.group] = Counter()
            case CaseBegan():
                group, _, began = self._running.get(event.worker, (event.group, "", self._clock()))
                self._running[event.worker] = (group, event.test, began)
            case CaseEnded():
                self._count(event)
            case GroupEnded():
                self._running.pop(event.worker, None)
                if event.ending not in _NOT_SETTLED:
                    self._settled[event.group] = self._asked_of.get(event.group, 0)
                self._look(event.left)
            case Stopping():
                self.is_stopping = True
            case _:
                pass

    def _count(self, event: CaseEnded) -> None:
        is_test = fixture_of(event.test) is None
        if is_test:
            self._settled[event.group] = self._settled.get(event.group, 0) + 1
        outcomes = self._outcomes.setdefault(event.group, Counter())
        if event.outcome == "success":
            outcomes["passed"] += is_test
        elif event.outcome == "skip":
            outcomes["skipped"] += 1
        elif event.outcome in _BAD:
            outcomes["failed" if is_test else "unfit"] += 1
            self.causes[cause_of(event)] += 1

    def _look(self, left: float) -> None:
        self._left, self._looked = left, self._clock()

    def counts(self) -> str:
        """`12 passed, 1 failed, 1 fixture failed`."""
        parts = [f"{self.passed} passed"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [counted(self.unfit, "fixture failed", "fixtures failed")] if self.unfit else []
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
            return trouble(event, tally)


def cause_of(event: CaseEnded) -> str:
    """What is the same where two failed for the same reason: it without numbers and names."""
    return _VARIES.sub("…", event.why)[:_LONGEST_CAUSE] or "no reason given"


def trouble(event: Event, tally: RunTally) -> str:
    """The line for something that went wrong, which `tally` has heard; empty for anything else.

    Of many failures of one cause the first one is told, then how many there are.
    """
    match event:
        case CaseEnded() if event.outcome in _BAD:
            return _failure(event, tally.causes[cause_of(event)])
        case WorkerDied():
            return f"  died: {event.group}: its worker ended with {event.how}" + _in(event.test)
        case TimedOut():
            return f"  timed out: {event.group}: more than {event.limit:g} s" + _in(event.test)
        case Stopping():
            return "stopping after the running tests; Ctrl-C again stops at once"
        case OutageBegan() | OutageEnded() | Cleaned():
            return _of_cloud(event)
        case _:
            return ""


def _failure(event: CaseEnded, count: int) -> str:
    why = event.why or "no reason given"
    if count == 1:
        return f"  {_BAD[event.outcome]}: {split(event.test).name}: {why}"
    return f"  {count} failed for one reason so far: {why}" if count in _TOLD_AGAIN else ""


def _of_cloud(event: OutageBegan | OutageEnded | Cleaned) -> str:
    match event:
        case OutageBegan():
            again = f"; {counted(event.again, 'class is', 'classes are')} run again then" if event.again else ""
            since = time.strftime("%H:%M:%S", time.gmtime(event.since))
            wait = duration(event.patience)
            return f"the cloud is away since {since} UTC: {event.why}; waiting for it, for {wait} at the most{again}"
        case OutageEnded():
            if event.answers:
                return f"the cloud answers again, after {duration(event.seconds)}; going on"
            return f"the cloud stayed away; {counted(event.given_up, 'class is', 'classes are')} not run"
        case Cleaned():
            what = f"what {event.group} left" if event.group else "what was left meanwhile"
            return "" if event.problem is None else f"  {what} could not be removed: {event.problem}"


def ending_line(event: RunEnded, tally: RunTally) -> str:
    """What stays on the screen when all workers are gone."""
    lines = [
        f"  {count} failed for one reason: {cause}" for cause, count in tally.causes.most_common(_CAUSES) if count > 1
    ]
    return "\n".join([*lines, f"{tally.counts()} in {duration(event.seconds)}"])


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
