"""Many runs side by side, each a process of its own: what one of them breaks or leaks is no other's.

Never two on one cloud at a time. The caller hears of everything as events, in one thread.
docs/decisions/0018-a-fleet-is-processes.md says why processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any, NamedTuple

from certmark.runner.events import FleetStopping, MemberBegan, MemberMessage
from certmark.runner.fleet.liveness import Liveness

_LONGEST = 1 << 20
"""Bytes of one event; a longer line is no event of ours."""
_TAIL = 16 << 10
_LOOK_SECONDS = 0.2
_STARTED = "certmark: "


class Job(NamedTuple):
    """A run that is to be begun, or gone on with."""

    key: str
    """Of its member."""
    words: tuple[str, ...]
    """The command; it writes events as lines of JSON to its standard output."""
    log: Path
    """The file to which what it says is added."""
    cloud: str
    """Jobs with the same one come one after the other."""
    url: str = ""
    """Asked before: whether it answers. Empty: nobody knows."""


class MemberEnded(NamedTuple):
    """A job is at its end."""

    key: str
    silence: str | None
    """Why its cloud counts as not alive; then nothing was begun."""
    status: int | None
    """Its exit status; None: it was never begun."""
    last_words: str
    """The last sentence that it said."""
    seconds: float


JobEvent = MemberBegan | MemberMessage | MemberEnded | FleetStopping


def run_jobs(jobs: Sequence[Job], at_once: int, alive: Liveness, hear: Callable[[JobEvent], None]) -> bool:
    """Do the jobs, `at_once` of them side by side; whether all were begun and came to an end of their own.

    Ctrl-C, SIGTERM and SIGHUP begin no more and ask the running ones to end; a second one is
    passed on likewise, a third one kills them.
    """
    work = _Jobs(list(jobs), at_once, alive, hear)
    with _asked_to_stop() as stops:
        try:
            work.run(stops)
        finally:
            work.kill()
    return not stops


@contextlib.contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """A list that grows by each signal that asks for an end."""
    stops: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        stops.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield stops
        return
    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in wanted}
    try:
        yield stops
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Jobs:
    """The jobs that wait, and those that run."""

    def __init__(self, waiting: list[Job], at_once: int, alive: Liveness, hear: Callable[[JobEvent], None]) -> None:
        self._waiting = waiting
        self._at_once = at_once
        self._alive = alive
        self._hear = hear
        self._running: dict[str, Job] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._inbox: queue.SimpleQueue[JobEvent] = queue.SimpleQueue()
        self._passed_on = 0

    def run(self, stops: list[int]) -> None:
        """Until nothing waits and nothing runs."""
        while self._waiting or self._running:
            if len(stops) > self._passed_on:
                self._pass_on(stops)
            self._begin()
            with contextlib.suppress(queue.Empty):
                self._take(self._inbox.get(timeout=_LOOK_SECONDS))

    def kill(self) -> None:
        """Nothing outlives the fleet, whatever ended it."""
        for process in self._processes.values():
            _signal(process, signal.SIGKILL)

    def _pass_on(self, stops: list[int]) -> None:
        self._waiting.clear()
        if not self._passed_on:
            self._hear(FleetStopping(tuple(self._running)))
        self._passed_on = len(stops)
        for process in list(self._processes.values()):
            _signal(process, signal.SIGINT if self._passed_on <= 2 else signal.SIGKILL)

    def _begin(self) -> None:
        for job in list(self._waiting):
            if len(self._running) >= self._at_once:
                return
            if job.cloud in {other.cloud for other in self._running.values()}:
                continue
            self._waiting.remove(job)
            self._running[job.key] = job
            self._hear(MemberBegan(job.key))
            threading.Thread(target=self._do, args=(job,), daemon=True).start()

    def _take(self, event: JobEvent) -> None:
        if isinstance(event, MemberEnded):
            del self._running[event.key]
            self._processes.pop(event.key, None)
        self._hear(event)

    def _do(self, job: Job) -> None:
        began = time.monotonic()
        length = job.log.stat().st_size if job.log.exists() else 0
        silence = self._alive.silence(job.url)
        status, last_words = None, ""
        try:
            if silence is None and not self._passed_on:
                status = self._serve(job)
                last_words = last_sentence(job.log, length)
        except OSError as error:
            last_words = f"no process can be started: {error.strerror or error}"
        self._inbox.put(MemberEnded(job.key, silence, status, last_words, time.monotonic() - began))

    def _serve(self, job: Job) -> int:
        with os.fdopen(os.open(job.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command
                job.words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # a terminal's Ctrl-C is ours to pass on
            )
            self._processes[job.key] = process
            if self._passed_on:  # the signal came while it was being started
                _signal(process, signal.SIGINT)
            assert process.stdout is not None  # noqa: S101 - PIPE, three lines above
            with process.stdout as lines:
                self._listen(job.key, lines, log)
            return process.wait()

    def _listen(self, key: str, lines: IO[bytes], log: IO[bytes]) -> None:
        while line := lines.readline(_LONGEST):
            event = event_in(line)
            if event is None:
                log.write(line)
                log.flush()
            else:
                self._inbox.put(MemberMessage(key, event))


def event_in(line: bytes) -> Mapping[str, Any] | None:
    """The event that a line of a run's standard output is; None: it is none."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)


def last_sentence(log: Path, since: int = 0) -> str:
    """The last sentence that a command of ours said, in its log from byte `since` on; empty where it said none."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - _TAIL))
            lines = file.read(_TAIL).decode(errors="replace").splitlines()
    except OSError:
        return ""
    ours = [line.removeprefix(_STARTED) for line in lines if line.startswith(_STARTED)]
    return ours[-1] if ours else ""
