"""Runs groups: one queue, as many slots as workers, and somebody who listens.

A group that dies or takes too long costs itself, not the run. SIGINT, once: running tests are
finished, then everything ends; twice: it ends at once. Either way the groups that were cut short are
recorded as interrupted, and a resumed run does them again.
"""

from __future__ import annotations

import contextlib
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple, assert_never

from certmark.domain.advice import Action, Advice
from certmark.runner.events import (
    CaseBegan,
    CaseEnded,
    Ending,
    Event,
    GroupBegan,
    GroupEnded,
    RunBegan,
    RunEnded,
    Stopping,
    TimedOut,
    WorkerDied,
)
from certmark.runner.journal import EndedGroup, Journal
from certmark.runner.plan import Group, Queue, time_left
from certmark.runner.workers import DiskProblem, MessageKind, WorkerMessage, WorkerPool

OnEvent = Callable[[Event], None]
_TICK: Final = 0.25
"""Seconds between looks at the clock."""
_LEAST_LIMIT: Final = 15 * 60.0
_TIMES_EXPECTED: Final = 10.0
_END: Final = 10.0
"""Seconds for killed workers to be seen dead."""


class RunEnd(NamedTuple):
    """How the run of some groups ended."""

    seconds: float
    ended: int
    """Groups that came to their end, died and timed-out ones included."""
    left: int
    """Groups that are still to be run."""
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
    after_crash: Callable[[str], None] | None = None,
    is_enough: Callable[[], bool] = lambda: False,
) -> RunEnd:
    """Run `groups` with `workers` slots of `crew`, which is closed at the end.

    Streams go to the folder `streams`, a new file for every worker and after every crash, or for
    every group where the suite writes one (`ending` other than subunit). `after_crash` is told the
    class of a worker that died. Once `is_enough` says so, running tests are finished and everything
    ends. Raises DiskProblem or SuiteBroken; the journal is sound even then.
    """
    run = _Run(crew, groups, workers, journal, on_event, streams, group_timeout, ending, after_crash, is_enough)
    try:
        with _interrupts() as interrupts:
            return run.through(interrupts)
    finally:
        crew.close()


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
        after_crash: Callable[[str], None] | None,
        is_enough: Callable[[], bool],
    ) -> None:
        self.crew = crew
        self.queue = Queue(groups)
        self.workers = max(1, min(workers, len(self.queue)))
        self.journal = journal
        self.on_event = on_event
        self.limit = limit
        self.names = _Names(Path(streams), ending)
        self.after_crash = after_crash
        self.is_enough = is_enough
        self.running: dict[int, _Running] = {}
        self.ended = 0
        self.interrupted = 0
        self.is_stopping = False

    def through(self, interrupts: list[int]) -> RunEnd:
        """Run everything, or what there is time for."""
        began = time.monotonic()
        run = self.journal.history.record.run
        left = time_left(self.queue.expected, (), self.workers)
        tests = self.queue.tests
        self.on_event(RunBegan(run, len(self.queue), tests, self.workers, left))
        seen = 0
        self._fill()
        while self.running:
            for told in self.crew.wait(_TICK):
                self._heard(told)
            self._kill_the_late()
            if len(interrupts) > seen:
                seen = len(interrupts)
                self._interrupt(at_once=seen > 1)
            elif not self.is_stopping and self.is_enough():
                self._interrupt(at_once=False)
        left_over = len(self.queue) + self.interrupted
        seconds = time.monotonic() - began
        self.on_event(RunEnded(run, round(seconds, 3), left_over == 0))
        return RunEnd(seconds, self.ended, left_over, not seen and self.is_enough())

    def _fill(self) -> None:
        """Every free slot pulls the longest group that is left, unless the run is to end."""
        if self.is_stopping:
            return
        for slot in range(self.workers):
            if slot in self.running:
                continue
            group = self.queue.pull()
            if group is None:
                return
            stream = self.names.of(slot)
            self.journal.began(group.name, slot, stream)
            self.running[slot] = _Running(group, stream, time.monotonic())
            self.crew.start(slot, group, str(self.names.folder / stream))
            self.on_event(GroupBegan(group.name, slot, len(group.tests), group.expected))

    def _heard(self, told: WorkerMessage) -> None:
        running = self.running.get(told.slot)
        if running is None:
            return
        name = running.group.name
        match told.what:
            case MessageKind.BEGAN:
                pass
            case MessageKind.TEST_BEGAN:
                running.test = told.test
                self.on_event(CaseBegan(told.test, name, told.slot))
            case MessageKind.TEST_ENDED:
                running.test = None
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

    def _died(self, told: WorkerMessage, running: _Running) -> None:
        if self.after_crash is not None:
            self.after_crash(running.group.name)
        self.names.renew(told.slot)
        if running.timed_out:
            self._end(told.slot, Ending.TIMED_OUT, f"it took longer than {limit_of(running.group, self.limit):g} s")
        elif self.is_stopping:
            self._end(told.slot, Ending.INTERRUPTED, told.why)
        else:
            self.on_event(WorkerDied(running.group.name, told.slot, told.why, running.test))
            self._end(told.slot, Ending.DIED, f"its worker ended with {told.why}")

    def _end(self, slot: int, ending: Ending, reason: str) -> None:
        running = self.running.pop(slot)
        seconds = time.monotonic() - running.began
        if ending is Ending.INTERRUPTED:
            self.interrupted += 1
        else:
            self.ended += 1
        if running.test is not None and reason:
            reason = f"{reason}, in {running.test}"
        lost = tuple(running.lost)
        self.names.used(slot)
        left = round(self._time_left(), 3)
        self.on_event(GroupEnded(running.group.name, slot, ending, round(seconds, 3), lost, left))
        # The worker need not wait for the disk; a record that a crash prevents costs running the class again.
        self._fill()
        self.journal.ended(EndedGroup(running.group.name, running.stream, ending, round(seconds, 3), reason, lost))

    def _time_left(self) -> float:
        now = time.monotonic()
        rest = (running.group.expected - (now - running.began) for running in self.running.values())
        return time_left(self.queue.expected, rest, self.workers)

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


class _Names:
    """Which file a slot's results go to: never one that is there already, for evidence is only appended to."""

    def __init__(self, folder: Path, ending: str) -> None:
        self.folder = folder
        self._ending = ending
        self._of: dict[int, str] = {}
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(found[1]) for path in folder.iterdir() if (found := re.match(r"w\d+-a(\d+)\.", path.name))]
        self._next = max(numbers, default=0) + 1

    def of(self, slot: int) -> str:
        """The file of `slot`."""
        if slot not in self._of:
            self._of[slot] = f"w{slot}-a{self._next}.{self._ending}"
        return self._of[slot]

    def used(self, slot: int) -> None:
        """A group wrote to the file of `slot`; where each group writes one, the next group needs another."""
        if self._ending != "subunit":
            self.renew(slot)

    def renew(self, slot: int) -> None:
        """The file of `slot` may be torn: the next group gets another."""
        if self._of.pop(slot, None) is not None:
            self._next += 1


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """A list that grows with every SIGINT or SIGTERM; a main thread is needed to hear them."""
    heard: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return

    def hear(number: int, _frame: FrameType | None) -> None:
        heard.append(number)

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
