"""Runs groups: one queue, as many slots as workers, and somebody who listens.

A group that dies or takes too long costs itself, not the run. SIGINT, SIGTERM or SIGHUP, once: running
tests are finished, then everything ends; twice, or some seconds after SIGTERM: it ends at once. Either way the
groups that were cut short are recorded as interrupted, and a resumed run does them again.

What the runner or an absent cloud did is no result: users of a class that died, or whose tear-down
failed, are clean before another class gets them; while the cloud is away no group begins, and those
that it touched are run again.
"""

from __future__ import annotations

import math
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple, assert_never

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed
from certmark.domain.identity import FixtureStage, fixture_of
from certmark.domain.outages import MOST_REPEATS, PATIENCE, is_suspect
from certmark.formats.run_endings import EndedGroup, Ending
from certmark.runner.accounts import AccountKeeper
from certmark.runner.cloud_watch import CloudWatch, Probe
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
from certmark.runner.journal import Journal
from certmark.runner.plan import Group, Queue, pace_of, time_left
from certmark.runner.signals import interrupts
from certmark.runner.stream_names import StreamNames
from certmark.runner.workers import DiskProblem, MessageKind, WorkerMessage, WorkerPool

OnEvent = Callable[[Event], None]
_TICK: Final = 0.25
"""Seconds between looks at the clock."""
_GRACE: Final = 10.0
"""Seconds that running tests have after SIGTERM: whoever ends a machine or a pod waits half a minute, then kills."""
_LEAST_LIMIT: Final = 15 * 60.0
_TIMES_EXPECTED: Final = 10.0


class RunEnd(NamedTuple):
    """How the run of some groups ended."""

    seconds: float
    ended: int
    """Groups that came to their end, died and timed-out ones included."""
    left: int
    """Groups that are still to be run."""
    given_up: int = 0
    """Groups that were not run, because the cloud stayed away."""
    is_enough: bool = False
    """Whether it was ended because enough was seen."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left."""
        return self.left == 0


def limit_of(group: Group, asked: float | None) -> float:
    """Seconds that a group may take: what a person said, else ten times what is expected, at least 15 minutes."""
    return asked if asked is not None else max(_LEAST_LIMIT, _TIMES_EXPECTED * group.expected)


class _Running:
    """A group in a slot."""

    def __init__(self, group: Group, stream: str, now: float) -> None:
        self.group = group
        self.stream = stream
        self.began = now
        self.test: str | None = None
        self.heard = time.time()
        """When something was last heard of it; what is told next began then."""
        self.is_clean = True
        """Whether its tear-down left its projects as they were, as far as it tells."""
        self.lost: list[str] = []
        self.stopped = False
        self.timed_out = False


def run_groups(
    crew: WorkerPool,
    groups: Iterable[Group],
    workers: int,
    journal: Journal,
    on_event: OnEvent,
    *,
    streams: str,
    group_timeout: float | None = None,
    ending: str = "subunit",
    keeper: AccountKeeper | None = None,
    probe: Probe | None = None,
    is_enough: Callable[[], bool] = lambda: False,
) -> RunEnd:
    """Run `groups` with `workers` slots of `crew`, which is closed at the end.

    Streams go to the folder `streams`, a new file for every worker and after every crash, or for
    every group where the suite writes one (`ending` other than subunit). `keeper` looks after the users
    of classes; `probe` asks the cloud whether it is there. Once `is_enough` says so, running tests are finished and
    everything ends. Raises DiskProblem, SuiteBroken, or CannotProceed
    where no clean users are left; the journal is sound even then.
    """
    watch = CloudWatch(probe)
    run = _Run(crew, groups, workers, journal, on_event, streams, group_timeout, ending, keeper, watch, is_enough)
    try:
        with interrupts() as heard:
            return run.through(heard)
    finally:
        crew.close()
        watch.close()
        if keeper is not None:
            keeper.close()


class _Run:
    """The state of `run_groups`."""

    def __init__(
        self,
        crew: WorkerPool,
        groups: Iterable[Group],
        workers: int,
        journal: Journal,
        on_event: OnEvent,
        streams: str,
        limit: float | None,
        ending: str,
        keeper: AccountKeeper | None,
        watch: CloudWatch,
        is_enough: Callable[[], bool],
    ) -> None:
        self.crew = crew
        self.queue = Queue(groups)
        self.workers = max(1, min(workers, len(self.queue)))
        self.journal = journal
        self.on_event = on_event
        self.limit = limit
        self.names = StreamNames(Path(streams), ending)
        self.keeper = keeper
        self.watch = watch
        self.is_enough = is_enough
        self.running: dict[int, _Running] = {}
        self.groups = {group.name: group for group in self.queue}
        self.paces: list[tuple[float, float]] = []
        self.ended = 0
        self.interrupted = 0
        self.given_up = 0
        self.repeats: Counter[str] = Counter()
        """How often each group was run again because of an outage."""
        self.is_stopping = False

    def through(self, interrupts: list[int]) -> RunEnd:
        """Run everything, or what there is time for."""
        began = time.monotonic()
        run = self.journal.history.record.run
        left = time_left(self.queue.expected, (), self.workers)
        tests = self.queue.tests
        self.on_event(RunBegan(run, len(self.queue), tests, self.workers, left))
        seen, last = 0, math.inf
        self._fill()
        while self.running or (not self.is_stopping and self._waits()):
            for told in self.crew.wait(_TICK):
                self._heard(told)
            self._kill_the_late()
            if len(interrupts) > seen:
                seen = len(interrupts)
                self._interrupt(at_once=seen > 1)
                last = time.monotonic() + _GRACE if signal.SIGTERM in interrupts else math.inf
            elif time.monotonic() > last:
                last = math.inf
                self._interrupt(at_once=True)
            elif not self.is_stopping and self.is_enough():
                self._interrupt(at_once=False)
            self._look_after_users()
            self._look_for_the_cloud()
            self._fill()
        left_over = len(self.queue) + self.interrupted
        seconds = time.monotonic() - began
        self.on_event(RunEnded(run, round(seconds, 3), left_over == 0))
        return RunEnd(seconds, self.ended, left_over, self.given_up, not seen and self.is_enough())

    def _waits(self) -> bool:
        """Whether something is left once nothing runs: groups are held back, users cleaned, or the cloud is asked."""
        is_cleaning = self.keeper is not None and self.keeper.is_busy
        return len(self.queue) > 0 or is_cleaning or self.watch.is_asking or self.watch.outage is not None

    def _fill(self) -> None:
        """Every free slot pulls the longest group that is left, unless the run is to end, or to wait."""
        if self.is_stopping or self.watch.holds:
            return
        most = self.workers if self.keeper is None else self.keeper.at_most(self.workers)
        for slot in range(self.workers):
            if slot in self.running or len(self.running) >= most:
                continue
            group = self.queue.pull()
            if group is None:
                return
            stream = self.names.of(slot)
            self.journal.began(group.name, slot, stream)
            self.running[slot] = _Running(group, stream, time.monotonic())
            self.watch.began(group.name, stream)
            self.crew.start(slot, group, str(self.names.folder / stream))
            self.on_event(GroupBegan(group.name, slot, len(group.tests), group.expected))

    def _look_after_users(self) -> None:
        """Clean users are given back; where none are left that could be used, the run cannot go on."""
        if self.keeper is None:
            return
        for cleaned in self.keeper.look():
            self._tell_cleaned(cleaned.group, cleaned.problem)
        is_idle = not (self.running or self.keeper.is_busy or self.is_stopping or self.watch.holds)
        if is_idle and len(self.queue) and self.keeper.at_most(self.workers) == 0:
            raise CannotProceed(
                f"too few users with clean projects are left, and {len(self.queue)} classes are still to be run",
                Advice(Action.RESUME, self.journal.history.record.run),
            )

    def _tell_cleaned(self, group: str, problem: str | None) -> None:
        if problem is not None and not self.watch.holds:
            self.journal.circumstance(
                f"what {group} left could not be removed, so its users were not used again: {problem}"
            )
        self.on_event(Cleaned(group, problem))

    def _look_for_the_cloud(self) -> None:
        watch = self.watch
        is_end = not self.running and len(self.queue) == 0
        if watch.look(is_end=is_end) and not watch.is_back:
            self._begin_outage()
        if watch.outage is None or self.is_stopping:
            return
        if watch.is_given_up and not watch.is_back:
            self._give_up()
        elif watch.is_back and not self.running:
            self._end_outage()

    def _begin_outage(self) -> None:
        """Classes that it touched are run again: those that run end now, those that ended go back to the queue."""
        outage = self.watch.outage
        if outage is None:
            return
        self.journal.outage(outage)
        under_way = {running.group.name: slot for slot, running in self.running.items()}
        for name in dict.fromkeys(one.name for one in outage.classes):
            if name in under_way:
                self.crew.stop(under_way[name])
            elif self._may_repeat(name):
                self.ended -= 1
                self.queue.put(self.groups[name])
            else:
                self._record_given_up(name)
        self.on_event(OutageBegan(outage.since, outage.why, PATIENCE, len(outage.classes)))

    def _end_outage(self) -> None:
        """The cloud answers again, and nothing runs: what was left meanwhile is removed, and the run goes on."""
        outage = self.watch.outage
        if outage is None:
            return
        until = time.time()
        self.journal.outage_over(until, answers=True)
        self.watch.over()
        self.on_event(OutageEnded(round(until - outage.since, 3), answers=True, given_up=0))
        problem = None if self.keeper is None else self.keeper.clean_all()
        if problem is not None:
            self.journal.circumstance(f"what was left while the cloud was away could not be removed: {problem}")
            self.on_event(Cleaned("", problem))

    def _give_up(self) -> None:
        """The cloud stays away: nothing more is run, and what runs ends now."""
        for slot in self.running:
            self.crew.kill(slot)
        while (group := self.queue.pull()) is not None:
            self.ended += 1
            self._record_given_up(group.name)
        if not self.running and self.watch.outage is not None:
            until = time.time()
            self.journal.outage_over(until, answers=False)
            seconds = round(until - self.watch.outage.since, 3)
            self.watch.over()
            self.on_event(OutageEnded(seconds, answers=False, given_up=self.given_up))

    def _may_repeat(self, group: str) -> bool:
        self.repeats[group] += 1
        return self.repeats[group] <= MOST_REPEATS

    def _record_given_up(self, group: str) -> None:
        self.given_up += 1
        self.journal.ended(EndedGroup(group, "", Ending.GIVEN_UP, 0.0, "the cloud stayed away", ()))

    def _heard(self, told: WorkerMessage) -> None:
        running = self.running.get(told.slot)
        if running is None:
            return
        name = running.group.name
        match told.what:
            case MessageKind.BEGAN:
                pass
            case MessageKind.TEST_BEGAN:
                self._case_began(told, running)
            case MessageKind.TEST_ENDED:
                running.test = None
                self._weigh(told, running)
                self.on_event(CaseEnded(told.test, name, told.slot, told.outcome, told.seconds, told.why))
            case MessageKind.LOST:
                running.lost.append(told.test)
            case MessageKind.STOPPED:
                running.stopped = True
            case MessageKind.ENDED:
                self._end(told.slot, Ending.INTERRUPTED if running.stopped else Ending.ENDED, "")
            case MessageKind.DIED:
                self._died(told, running)
            case MessageKind.BROKEN:
                raise DiskProblem(f"results cannot be written ({told.why})", Advice(Action.MAKE_ROOM_AND_RESUME))
            case _:
                assert_never(told.what)

    def _case_began(self, told: WorkerMessage, running: _Running) -> None:
        running.test = told.test
        running.heard = time.time()
        if self.keeper is not None:
            self.keeper.began_tests(running.group.name)
        self.on_event(CaseBegan(told.test, running.group.name, told.slot))

    def _weigh(self, told: WorkerMessage, running: _Running) -> None:
        """What the end of a test or a fixture says of the cloud, and of the class's projects."""
        is_failure = told.outcome == "fail"
        fixture = fixture_of(told.test)
        if told.outcome == "success":
            self.watch.passed()
        elif is_suspect(is_failure=is_failure, reason=told.why):
            self.watch.suspect(running.heard)
        if is_failure and fixture is not None and fixture.stage is not FixtureStage.SET_UP:
            running.is_clean = False
        running.heard = time.time()

    def _died(self, told: WorkerMessage, running: _Running) -> None:
        running.is_clean = False
        self.names.renew(told.slot)
        if running.timed_out:
            self._end(told.slot, Ending.TIMED_OUT, f"it took longer than {limit_of(running.group, self.limit):g} s")
        elif self.is_stopping:
            self._end(told.slot, Ending.INTERRUPTED, told.why)
        elif self.watch.touched(running.group.name):
            self._end(told.slot, Ending.OUTAGE, told.why)
        else:
            self.on_event(WorkerDied(running.group.name, told.slot, told.why, running.test))
            self._end(told.slot, Ending.DIED, f"its worker ended with {told.why}")

    def _end(self, slot: int, ending: Ending, reason: str) -> None:
        running = self.running.pop(slot)
        name = running.group.name
        seconds = time.monotonic() - running.began
        is_touched = self.watch.touched(name)
        if self.keeper is not None and not self.is_stopping:
            # What an outage left is removed once it is over.
            self.keeper.ended(name, is_clean=running.is_clean or is_touched)
        self.watch.ended(name, running.stream)
        if is_touched and not self.is_stopping:
            ending, reason = Ending.OUTAGE, "the cloud was away"
            if self._may_repeat(name):
                self.queue.put(running.group)
            else:
                ending = Ending.GIVEN_UP
                self.ended, self.given_up = self.ended + 1, self.given_up + 1
        elif ending is Ending.INTERRUPTED or is_touched:
            ending = Ending.INTERRUPTED
            self.interrupted += 1
        else:
            self.ended += 1
            self.paces.append((running.group.expected, seconds))
        if running.test is not None and reason:
            reason = f"{reason}, in {running.test}"
        lost = tuple(running.lost)
        self.names.used(slot)
        left = round(self._time_left(), 3)
        self.on_event(GroupEnded(name, slot, ending, round(seconds, 3), lost, left))
        # The worker need not wait for the disk; a record that a crash prevents costs running the class again.
        self._fill()
        self.journal.ended(EndedGroup(name, running.stream, ending, round(seconds, 3), reason, lost))

    def _time_left(self) -> float:
        """What is expected of the rest, as much longer or shorter as what was seen so far."""
        now = time.monotonic()
        spans = [(running.group.expected, now - running.began) for running in self.running.values()]
        pace = pace_of([*self.paces, *(span for span in spans if span[1] > span[0])])
        rest = (expected * pace - took for expected, took in spans)
        return time_left(self.queue.expected * pace, rest, self.workers)

    def _kill_the_late(self) -> None:
        now = time.monotonic()
        for slot, running in self.running.items():
            limit = limit_of(running.group, self.limit)
            if now - running.began > limit and not running.timed_out:
                running.timed_out = True
                self.on_event(TimedOut(running.group.name, slot, limit, running.test))
                self.crew.kill(slot)

    def _interrupt(self, *, at_once: bool) -> None:
        self.is_stopping = True
        if not at_once:
            self.on_event(Stopping(tuple(running.group.name for running in self.running.values())))
        for slot, running in self.running.items():
            if at_once:
                running.stopped = True
                self.crew.kill(slot)
            else:
                self.crew.stop(slot)
