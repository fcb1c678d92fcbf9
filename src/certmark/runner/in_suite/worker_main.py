"""Runs groups of a suite; executed by the suite's own interpreter, never imported by Certmark.

It needs the standard library, testtools and python-subunit of that environment, and nothing of
Certmark. One such process, the nursery, imports what the groups need and forks a child for each
group: a child that crashes or hangs costs one class, and nothing is imported twice.

Talk, one JSON object a line:
  standard input   {"warm": [classes]}
                   {"run": slot, "group": name, "tests": [...], "stream": path}
  control pipe     began | test-began | test-ended | lost | stopped | broken | ended (child)
                   ready | importing | child-ended                                   (nursery)
Every line is shorter than PIPE_BUF, so that lines of several children never mix.

A child leads a process group of its own. SIGTERM: it ends after the running test and cleans up the
class. SIGUSR1: it writes where it stands to standard error. It dies with Certmark: the read end of
the lifeline pipe tells.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import io
import json
import os
import select
import signal
import sys
import threading
import time
import traceback
import unittest
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Protocol, cast

_LIMIT = 4000
"""Bytes of a control line; POSIX promises 4096 on Linux, and what is longer is cut."""
_REASON = 300


class Say(Protocol):
    """Says something of the child's slot on the control pipe."""

    def __call__(self, **words: object) -> None:
        """Say it."""


def main(words: Sequence[str]) -> None:
    """The nursery: `words` are the file descriptors of the control pipe and of the lifeline."""
    nursery = ForkServer(control=int(words[0]), lifeline=int(words[1]))
    nursery.prepare()
    nursery.serve()


class ForkServer:
    """Imports, forks, reaps."""

    def __init__(self, control: int, lifeline: int) -> None:
        self.control = control
        self.lifeline = lifeline
        self.children: dict[int, int] = {}
        """Process id -> slot."""
        self.wake_up, self.woken = os.pipe()

    def prepare(self) -> None:
        """Import what every group needs, once."""
        os.set_blocking(self.woken, False)
        os.set_blocking(self.wake_up, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self.woken, warn_on_full_buffer=False)
        importlib.import_module("subunit")
        importlib.import_module("testtools")
        tell(self.control, e="ready", python=sys.version.split()[0])

    def serve(self) -> None:
        """Fork a child for each line on standard input, until Certmark closes it or dies."""
        pending = b""
        while True:
            readable, _, _ = select.select([0, self.wake_up], [], [])
            if self.wake_up in readable:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wake_up, 4096)
            self.reap()
            if 0 not in readable:
                continue
            block = os.read(0, 1 << 16)
            if not block:
                break
            *lines, pending = (pending + block).split(b"\n")
            for line in lines:
                order = json.loads(line)
                if "warm" in order:
                    self.warm(order["warm"])
                else:
                    self.start(order)
        self.end_children()

    @staticmethod
    def warm(classes: Iterable[str]) -> None:
        """Import the modules of classes that will be asked for; what fails here fails again where it is told."""
        for name in classes:
            with contextlib.suppress(Exception):
                module_of(name)

    def start(self, order: Mapping[str, Any]) -> None:
        """Import the group's module here, where it stays, and fork."""
        tell(self.control, e="importing", w=order["run"])
        try:
            module = module_of(order["group"])
        except BaseException:  # noqa: BLE001 - a module may raise whatever it likes, SystemExit included
            module = None
            problem = traceback.format_exc()
        else:
            problem = ""
        gc.collect()
        gc.freeze()
        child = os.fork()
        if child:
            self.children[child] = order["run"]
            return
        signal.set_wakeup_fd(-1)
        code = 1
        try:
            code = run_child(self, order, module, problem)
        except BaseException:  # noqa: BLE001 - the log is the only place to say it
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def reap(self) -> None:
        """Say of each child that ended how it did."""
        while self.children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            slot = self.children.pop(child, None)
            tell(self.control, e="child-ended", w=slot, status=os.waitstatus_to_exitcode(status))

    def end_children(self) -> None:
        """Certmark left: so do we."""
        for child in self.children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)


def module_of(name: str) -> ModuleType:
    """The module of class `name`, imported; the longest importable beginning of the dotted name."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        dotted = ".".join(parts[:length])
        try:
            return importlib.import_module(dotted)
        except ModuleNotFoundError as error:
            if not (error.name == dotted or dotted.startswith(f"{error.name}.")):
                raise
            if length == 1:
                raise
    raise ModuleNotFoundError(name)


def run_child(nursery: ForkServer, order: Mapping[str, Any], module: ModuleType | None, problem: str) -> int:
    """Run one group; the exit status is 0 if it came to its end."""
    os.setpgid(0, 0)
    began = time.monotonic()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    threading.Thread(target=die_with, args=(nursery.lifeline,), daemon=True).start()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    slot = order["run"]

    def say(**words: object) -> None:
        tell(nursery.control, w=slot, **words)

    say(e="began", pid=os.getpid())
    stream = Stream(order["stream"], say)
    if module is None:
        report_import_error(stream, order, problem, say)
        found = 0
    else:
        found, stopped = run_tests(module, order, stream, say)
        if stopped:
            say(e="stopped")
    say(e="ended", s=round(time.monotonic() - began, 6), n=found)
    return 0


def run_tests(module: ModuleType, order: Mapping[str, Any], stream: Stream, say: Say) -> tuple[int, bool]:
    """Run exactly the asked-for tests of the class; how many were found, and whether it was stopped."""
    from subunit import StreamResultToBytes
    from subunit.test_results import AutoTimingTestResultDecorator
    from testtools import ExtendedToStreamDecorator
    from testtools.testresult.real import CopyStreamResult, StreamTagger

    suite = Stoppable(choose_tests(module, order["tests"], say))
    signal.signal(signal.SIGTERM, lambda *_: suite.stop())
    tagged = StreamTagger([StreamResultToBytes(stream)], add=[f"worker-{order['run']}"])
    result = AutoTimingTestResultDecorator(
        ExtendedToStreamDecorator(CopyStreamResult([tagged, cast("Any", OutcomeTeller(say))]))
    )
    count = suite.countTestCases()
    result.startTestRun()
    try:
        suite(result)
    finally:
        result.stopTestRun()
    return count, suite.cut


def choose_tests(module: ModuleType, wanted: Iterable[str], say: Say) -> list[unittest.TestCase]:
    """The tests of `module` with the ids `wanted`, in the order of the suite; those not there are told."""
    left = dict.fromkeys(wanted)
    tests = []
    for test in flat(unittest.TestLoader().loadTestsFromModule(module)):
        if test.id() in left:
            del left[test.id()]
            tests.append(test)
    for name in left:
        say(e="lost", t=name)
    return tests


def flat(suite: Any) -> Iterator[Any]:
    """Each test in a suite of suites."""
    try:
        inner = iter(suite)
    except TypeError:
        yield suite
        return
    for test in inner:
        yield from flat(test)


class Stoppable(unittest.TestSuite):
    """A suite that ends after the running test when told to; class fixtures are cleaned up as ever."""

    def __init__(self, tests: Sequence[unittest.TestCase]) -> None:
        super().__init__(tests)
        self.tests = tests
        self.stopping = False
        self.cut = False

    def stop(self) -> None:
        """End after the running test."""
        self.stopping = True

    def __iter__(self) -> Iterator[unittest.TestCase]:
        for test in self.tests:
            if self.stopping:
                self.cut = True
                return
            yield test


class Stream(io.RawIOBase):
    """The file of the worker's stream: appended to, each packet written at once and whole or not at all."""

    def __init__(self, path: str, say: Say) -> None:
        super().__init__()
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.say = say

    def writable(self) -> bool:
        """What python-subunit asks before it writes bytes."""
        return True

    def read(self, _size: int = -1) -> bytes:
        """What python-subunit tries, to find out whether this is a stream of text."""
        raise io.UnsupportedOperation("read")

    def write(self, content: Any) -> int:
        """Write all of it; a disk that is full ends the child, for what it runs would be lost."""
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(self.file, left) :]
        except OSError as error:
            self.say(e="broken", why=error.strerror or str(error))
            os._exit(74)
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""


class OutcomeTeller:
    """A StreamResult that says on the control pipe what begins and ends."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.began: dict[str, Any] = {}
        self.why: dict[str, str] = {}

    def startTestRun(self) -> None:  # noqa: N802 - as testtools calls it
        """Nothing to say."""

    def stopTestRun(self) -> None:  # noqa: N802 - likewise
        """Nothing to say."""

    def status(self, **event: Any) -> None:
        """An event of the stream."""
        test_id, test_status, timestamp = event.get("test_id"), event.get("test_status"), event.get("timestamp")
        if test_id is None:
            return
        if event.get("file_bytes") and event.get("file_name") in {"traceback", "reason"}:
            said = why_of(bytes(event["file_bytes"]).decode("utf-8", "replace"))
            self.why[test_id] = said or self.why.get(test_id, "")
        if test_status == "inprogress":
            self.began[test_id] = timestamp
            self.say(e="test-began", t=test_id)
        elif test_status not in {None, "exists"}:
            start = self.began.pop(test_id, None)
            seconds = (timestamp - start).total_seconds() if start and timestamp else 0.0
            self.say(e="test-ended", t=test_id, o=test_status, s=round(seconds, 6), why=self.why.pop(test_id, ""))


def why_of(text: str) -> str:
    """The exception and its message at the end of a traceback, or what is no traceback, on one bounded line."""
    lines = text.strip().splitlines()
    frames = [number for number, line in enumerate(lines) if line.startswith('  File "')]
    if frames:
        rest = lines[frames[-1] + 1 :]
        lines = rest[next((number for number, line in enumerate(rest) if line and not line[0].isspace()), -1) :]
    return " ".join(" ".join(lines).split())[:_REASON]


def report_import_error(stream: Stream, order: Mapping[str, Any], problem: str, say: Say) -> None:
    """A module that does not import is a class whose set-up failed: told as the suite would."""
    from datetime import datetime, timezone  # a suite may live in an older Python

    from subunit import StreamResultToBytes

    out = StreamResultToBytes(stream)
    name = f"setUpClass ({order['group']})"
    now = datetime.now(timezone.utc)  # noqa: UP017 - likewise
    tags = {f"worker-{order['run']}"}
    mime = "text/x-traceback;charset=utf8,language=python"
    out.status(
        test_id=name, file_name="traceback", file_bytes=problem.encode("utf-8", "replace"), mime_type=mime,
        eof=True, test_tags=tags, timestamp=now,
    )  # fmt: skip
    out.status(test_id=name, test_status="fail", test_tags=tags, timestamp=now)
    say(e="test-ended", t=name, o="fail", s=0.0, why=why_of(problem))


def die_with(lifeline: int) -> None:
    """Wait until the write end of the lifeline is gone, that is, Certmark; then leave at once, with all descendants."""
    while True:
        with contextlib.suppress(InterruptedError):
            if not os.read(lifeline, 1):
                os.killpg(0, signal.SIGKILL)


def tell(control: int, **words: object) -> None:
    """One line on the control pipe; where nobody listens any more there is nothing left to do."""
    line = json.dumps(words)
    if len(line) > _LIMIT:
        line = json.dumps({key: value[:_REASON] if isinstance(value, str) else value for key, value in words.items()})
    try:
        os.write(control, line.encode() + b"\n")
    except BrokenPipeError:
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
