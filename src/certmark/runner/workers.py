"""Whoever runs groups: a nursery that forks a child for each class, or a command for each group.

Both are a `WorkerPool`: told to start a group in a slot, asked what happened since. A slot runs one
group at a time. Nothing here decides; `runner.run` does.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from certmark.domain.errors import CannotProceed
from certmark.domain.results import Outcome
from certmark.formats.secrets.hiding import scrub
from certmark.runner.environments import PRIVATE
from certmark.runner.plan import Group

WORKER_MAIN: Final = str(Path(__file__).with_name("in_suite") / "worker_main.py")


class SuiteBroken(CannotProceed):
    """The suite's environment cannot run anything; the person must mend or reinstall it."""


class DiskProblem(CannotProceed):
    """What the workers find out cannot be written down; the operator must make room."""


class MessageKind(Enum):
    """What a crew tells."""

    BEGAN = "began"
    TEST_BEGAN = "test-began"
    TEST_ENDED = "test-ended"
    LOST = "lost"
    STOPPED = "stopped"
    """The group ended early because it was asked to."""
    ENDED = "ended"
    """The group came to its end; the slot is free."""
    DIED = "died"
    """The group's process is gone without an end; the slot is free."""
    BROKEN = "broken"
    """The stream cannot be written."""


class WorkerMessage(NamedTuple):
    """One thing that a crew tells of a slot."""

    slot: int
    what: MessageKind
    test: str = ""
    outcome: str = ""
    seconds: float = 0.0
    why: str = ""


class WorkerPool(Protocol):
    """Runs one group in each slot."""

    def start(self, slot: int, group: Group, stream: str) -> None:
        """Run `group` in `slot`, which is free; its results go to the file `stream`."""

    def wait(self, seconds: float) -> list[WorkerMessage]:
        """What happened, in its order; after at most `seconds`."""

    def stop(self, slot: int) -> None:
        """End the slot's group after its running test."""

    def kill(self, slot: int) -> None:
        """End the slot's group now; `wait` tells that it died."""

    def close(self) -> None:
        """End everything. Nothing is left running."""


class _Child:
    """A group that a nursery's child runs."""

    def __init__(self, group: Group, stream: str) -> None:
        self.group = group
        self.stream = stream
        self.is_imported = False
        """Its module was, or is being, imported."""
        self.pid: int | None = None
        self.ended = False
        self.stop_asked = False


class _Nursery:
    """One process of `worker_main`, with its pipes."""

    def __init__(self, python: str, env: Mapping[str, str], folder: str, log: int) -> None:
        control_read, control_write = os.pipe()
        lifeline_read, self.lifeline = os.pipe()
        self.control = control_read
        self.pending = b""
        self.children: dict[int, _Child] = {}
        self.is_ready = False
        self.is_headless = False
        try:
            self.process = subprocess.Popen(  # noqa: S603 - the suite's own interpreter
                [python, "-P", WORKER_MAIN, str(control_write), str(lifeline_read)]
                if _knows_safe_path(python)
                else [python, WORKER_MAIN, str(control_write), str(lifeline_read)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(control_write, lifeline_read),
                cwd=folder,
                env=dict(env),
                start_new_session=True,
                umask=PRIVATE,
            )
        except OSError as error:
            os.close(control_read)
            os.close(self.lifeline)
            raise SuiteBroken(
                f"the suite's interpreter cannot be started: {error.strerror}; install it again"
            ) from error
        finally:
            os.close(control_write)
            os.close(lifeline_read)
        os.set_blocking(self.control, False)

    def order(self, words: Mapping[str, object]) -> None:
        """Hand over one line; a nursery that is gone is told by the end of its pipe."""
        stdin = self.process.stdin
        if stdin is not None:
            with contextlib.suppress(BrokenPipeError, ValueError):
                stdin.write(json.dumps(words).encode() + b"\n")
                stdin.flush()

    def lines(self) -> tuple[list[dict[str, object]], bool]:
        """What came through the control pipe, and whether it is closed."""
        closed = False
        while True:
            try:
                block = os.read(self.control, 1 << 16)
            except BlockingIOError:
                break
            if not block:
                closed = True
                break
            self.pending += block
        *lines, self.pending = self.pending.split(b"\n")
        return [json.loads(line) for line in lines], closed

    def release(self) -> None:
        """Close our ends: children and nursery see that and leave."""
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        for descriptor in (self.lifeline, self.control):
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _knows_safe_path(python: str) -> bool:
    """Whether the interpreter has `-P` (3.11): the folder of `worker_main` must not be importable."""
    return not Path(python).name.startswith(("python2", "python3.8", "python3.9", "python3.10"))


class ForkPool:
    """A crew for importable classes: one warmed interpreter that forks for each group.

    A child that dies costs its group. A nursery that dies (a module that crashes when it is
    imported) costs the group that it was about to start; another takes its place, and the children
    of the dead one go on to their ends.
    """

    def __init__(self, python: str, env: Mapping[str, str], folder: str, log: str) -> None:
        self._how = (python, env, folder)
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._selector = selectors.DefaultSelector()
        self._current: _Nursery | None = None
        self._all: list[_Nursery] = []
        self._is_closed = False

    def warm_up(self, classes: Iterable[str] = ()) -> None:
        """Start the interpreter, and import the modules of these classes, before the first group is known.

        What cannot be imported is found out again by the group that needs it.
        """
        self._nursery().order({"warm": list(classes)})

    def start(self, slot: int, group: Group, stream: str) -> None:
        """See Crew."""
        nursery = self._nursery()
        nursery.children[slot] = _Child(group, stream)
        nursery.order({"run": slot, "group": group.name, "tests": list(group.tests), "stream": stream})

    def wait(self, seconds: float) -> list[WorkerMessage]:
        """See Crew. Raises SuiteBroken where the suite's environment does not even start."""
        told: list[WorkerMessage] = []
        for key, _ in self._selector.select(seconds):
            nursery: _Nursery = key.data
            lines, closed = nursery.lines()
            for line in lines:
                told += self._heard(nursery, line)
            if closed:
                told += self._gone(nursery)
        current = self._current
        if current is not None and current.process.poll() is not None:
            # Its children may still run and keep the pipe open; they go on, but new groups need a new nursery.
            told += self._headless(current)
        for nursery in [nursery for nursery in self._all if nursery.is_headless]:
            for slot in [slot for slot, child in nursery.children.items() if child.pid and not _is_alive(child.pid)]:
                told += [item for line in nursery.lines()[0] for item in self._heard(nursery, line)]
                told += self._end_headless(nursery, slot)
        return told

    def stop(self, slot: int) -> None:
        """See Crew."""
        child = self._child(slot)
        if child is not None:
            child.stop_asked = True
            if child.pid is not None:
                _signal(child.pid, signal.SIGTERM, group=False)

    def kill(self, slot: int) -> None:
        """See Crew. The child first writes to the log where it stands."""
        child = self._child(slot)
        if child is None:
            return
        if child.pid is None:
            # The nursery itself hangs, in the import of the group's module.
            for nursery in self._all:
                if nursery.children.get(slot) is child:
                    _signal(nursery.process.pid, signal.SIGKILL, group=False)
            return
        _signal(child.pid, signal.SIGUSR1, group=False)
        time.sleep(_GRACE)
        _signal(child.pid, signal.SIGKILL, group=True)

    def close(self) -> None:
        """See Crew. A second time does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        for nursery in self._all:
            for child in nursery.children.values():
                if child.pid is not None:
                    _signal(child.pid, signal.SIGKILL, group=True)
            self._selector.unregister(nursery.control)
            nursery.release()
        for nursery in self._all:
            try:
                nursery.process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                nursery.process.kill()
                nursery.process.wait()
        self._all.clear()
        self._current = None
        self._selector.close()
        os.close(self._log)

    def _nursery(self) -> _Nursery:
        if self._current is None:
            self._current = _Nursery(*self._how, self._log)
            self._all.append(self._current)
            self._selector.register(self._current.control, selectors.EVENT_READ, self._current)
        return self._current

    def _child(self, slot: int) -> _Child | None:
        for nursery in self._all:
            if slot in nursery.children:
                return nursery.children[slot]
        return None

    def _heard(self, nursery: _Nursery, line: Mapping[str, object]) -> list[WorkerMessage]:
        word = line["e"]
        if word == "ready":
            nursery.is_ready = True
            return []
        slot = int(str(line["w"]))
        child = nursery.children.get(slot)
        if child is None:
            return []
        if word == "child-ended":
            del nursery.children[slot]
            return [_end_of(slot, child, int(str(line["status"])))]
        if word == "importing":
            child.is_imported = True
            return []
        if word == "began":
            child.pid = int(str(line["pid"]))
            if child.stop_asked:
                self.stop(slot)
        if word == "ended":
            child.ended = True
            return self._end_headless(nursery, slot) if nursery.is_headless else []
        seconds = line.get("s")
        return [
            WorkerMessage(
                slot,
                MessageKind(word),
                str(line.get("t", "")),
                str(line.get("o", "")),
                float(seconds) if isinstance(seconds, int | float) else 0.0,
                scrub(str(line.get("why", ""))),
            )
        ]

    def _end_headless(self, nursery: _Nursery, slot: int) -> list[WorkerMessage]:
        """A child without its nursery: nobody learns its exit status."""
        child = nursery.children.pop(slot, None)
        if child is None:
            return []
        return [
            WorkerMessage(slot, MessageKind.ENDED)
            if child.ended
            else WorkerMessage(slot, MessageKind.DIED, why="a cause that nobody saw")
        ]

    def _headless(self, nursery: _Nursery) -> list[WorkerMessage]:
        """The nursery is dead: what it had not yet begun dies with it, its children go on."""
        lines, _ = nursery.lines()
        told = [item for line in lines for item in self._heard(nursery, line)]
        self._current = None
        nursery.is_headless = True
        told += [item for slot in _ended(nursery) for item in self._end_headless(nursery, slot)]
        if not nursery.is_ready:
            raise SuiteBroken("the suite's interpreter ends at once (worker.log says why); install the suite again")
        how = how_it_ended(nursery.process.returncode)
        for slot, child in list(nursery.children.items()):
            if child.pid is not None:
                continue
            del nursery.children[slot]
            if child.is_imported:
                told.append(WorkerMessage(slot, MessageKind.DIED, why=f"{how} while its module was imported"))
            else:
                self.start(slot, child.group, child.stream)
        return told

    def _gone(self, nursery: _Nursery) -> list[WorkerMessage]:
        """The nursery and all its children are gone."""
        told = []
        if self._current is nursery:
            nursery.process.wait()
            told += self._headless(nursery)
        for slot in list(nursery.children):
            told += self._end_headless(nursery, slot)
        self._selector.unregister(nursery.control)
        nursery.release()
        self._all.remove(nursery)
        return told


_GRACE: Final = 0.2
"""Seconds for writing a stack to the log."""
_PATIENCE: Final = 5.0
"""Seconds for a process to leave by itself."""


def _ended(nursery: _Nursery) -> list[int]:
    return [slot for slot, child in nursery.children.items() if child.ended]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_of(slot: int, child: _Child, status: int) -> WorkerMessage:
    if child.ended:
        return WorkerMessage(slot, MessageKind.ENDED)
    return WorkerMessage(slot, MessageKind.DIED, why=how_it_ended(status))


def how_it_ended(status: int) -> str:
    """`exit status 3` or `signal 11 (SIGSEGV)`, of a return code as `subprocess` gives it."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"signal {-status}"


def _signal(pid: int, number: int, *, group: bool) -> None:
    """Send a signal; a process that is gone needs none."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


class Commands:
    """A crew for suites that are run by a command: one process for each group, results read afterwards.

    `words` gives the command for ids and the file of its results; the suite's description has it.
    """

    def __init__(
        self,
        words: Callable[[Sequence[str], str], list[str]],
        env: Mapping[str, str],
        folder: str,
        log: str,
        *,
        to_stdout: bool = False,
    ) -> None:
        """`to_stdout`: the command writes its results to standard output."""
        self._words = words
        self._env = env
        self._folder = folder
        self._log_path = log
        self._to_stdout = to_stdout
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._results: dict[int, str] = {}
        self._stopped: set[int] = set()
        self._told: list[WorkerMessage] = []

    def start(self, slot: int, group: Group, stream: str) -> None:
        """See Crew. Raises SuiteBroken."""
        words = self._words(group.tests, stream)
        with Path(self._log_path).open("ab") as log, Path(stream if self._to_stdout else os.devnull).open("ab") as out:
            try:
                self._running[slot] = subprocess.Popen(  # noqa: S603 - the description of the suite says what
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=out if self._to_stdout else log,
                    stderr=log,
                    cwd=self._folder,
                    env=dict(self._env),
                    start_new_session=True,
                    umask=PRIVATE,
                )
            except OSError as error:
                raise SuiteBroken(f"{words[0]} cannot be started: {error.strerror}") from error
        self._results[slot] = stream
        self._told.append(WorkerMessage(slot, MessageKind.BEGAN))

    def wait(self, seconds: float) -> list[WorkerMessage]:
        """See Crew."""
        deadline = time.monotonic() + seconds
        while not self._told and time.monotonic() < deadline:
            for slot in [slot for slot, process in self._running.items() if process.poll() is not None]:
                self._told += self._end(slot)
            if not self._told:
                time.sleep(min(_TICK, max(0.0, deadline - time.monotonic())))
        told, self._told = self._told, []
        return told

    def stop(self, slot: int) -> None:
        """See Crew. Commands understand SIGINT; what they do with it is theirs."""
        if slot in self._running:
            self._stopped.add(slot)
            _signal(self._running[slot].pid, signal.SIGINT, group=True)

    def kill(self, slot: int) -> None:
        """See Crew."""
        if slot in self._running:
            self._stopped.add(slot)
            _signal(self._running[slot].pid, signal.SIGKILL, group=True)

    def close(self) -> None:
        """See Crew."""
        for process in self._running.values():
            _signal(process.pid, signal.SIGKILL, group=True)
            process.wait()
        self._running.clear()

    def _end(self, slot: int) -> list[WorkerMessage]:
        """A command that finds failures may well end with another status than 0; one that a signal ends has died."""
        status = self._running.pop(slot).returncode
        if slot in self._stopped or status < 0:
            self._stopped.discard(slot)
            return [WorkerMessage(slot, MessageKind.DIED, why=how_it_ended(status))]
        return [*_told_by(slot, self._results[slot]), WorkerMessage(slot, MessageKind.ENDED)]


def _told_by(slot: int, results: str) -> list[WorkerMessage]:
    """What a file of results says; an unreadable one is seen again, and said, when the run is judged."""
    from certmark.evidence.results import read_evidence

    try:
        pieces = read_evidence(results, digest=False)
    except (ValueError, OSError):
        return []
    return [
        WorkerMessage(
            slot, MessageKind.TEST_ENDED, attempt.name, _WORDS[attempt.outcome], attempt.seconds or 0.0, attempt.reason
        )
        for piece in pieces
        for attempt in piece.attempts
    ]


_WORDS: Final = {
    Outcome.PASSED: "success",
    Outcome.FAILED: "fail",
    Outcome.SKIPPED: "skip",
    Outcome.SETUP_ERROR: "fail",
    Outcome.EXPECTED_FAILURE: "xfail",
    Outcome.UNEXPECTED_SUCCESS: "uxsuccess",
    Outcome.UNFINISHED: "fail",
}
"""subunit's words, which the events use."""
_TICK: Final = 0.05
