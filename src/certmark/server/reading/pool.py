"""Processes that read, kept warm: each serves one request at a time, and is replaced when it dies."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

import msgspec

from certmark.server.numbering import MOST_KNOWN, KnownTest
from certmark.server.reading.messages import (
    CompareRequest,
    NumberedTests,
    ReadAnswer,
    Request,
    Unreadable,
    receive_answer,
    send,
)

_NEWEST_USES = 2000
"""Requests after which a process is replaced: memory that a library leaks is given back."""


def started(*limits: float) -> subprocess.Popen[bytes]:
    """A process that reads: memory, seconds and bytes unpacked are what it may take."""
    return subprocess.Popen(  # noqa: S603 - our own module, and numbers
        [sys.executable, "-I", "-m", "certmark.server.reading.reader", *map(str, limits)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )


class _Reader:
    def __init__(self, *limits: float) -> None:
        self.uses = 0
        self._told = 0
        self.process = started(*limits)

    def ask(self, request: Request, known: Sequence[KnownTest]) -> ReadAnswer | None:
        """The answer; None where the process died of it. It is told first what of `known` it does not know."""
        self.uses += 1
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: S101, PT018 - pipes, as asked
        try:
            if len(known) > self._told:
                new = known[self._told :]
                self._told += len(new)
                send(self.process.stdin, NumberedTests(tuple(test for test in new if test.number < MOST_KNOWN)))
            send(self.process.stdin, request)
            return receive_answer(self.process.stdout)
        except (OSError, msgspec.DecodeError):
            return None

    def end(self) -> None:
        """Kill it, if need be."""
        with suppress(OSError):
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.process.wait()


class ReaderPool:
    """At most `processes` of them, started when they are needed. A context that ends them."""

    def __init__(self, processes: int, *, memory: int, seconds: float, unpacked: int) -> None:
        self._limits = (memory, seconds, unpacked)
        self._free: queue.LifoQueue[_Reader | None] = queue.LifoQueue()
        for _ in range(processes):
            self._free.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()

    def read(self, request: Request, known: Sequence[KnownTest] = ()) -> ReadAnswer:
        """Read a file; waits until a process is free. Whatever the bytes are, there is an answer.

        `known` are the tests that have a number; it only ever grows.
        """
        reader = self._free.get()
        try:
            if reader is None or reader.process.poll() is not None:
                reader = _Reader(*self._limits)
            answer = reader.ask(request, known)
            if answer is None or reader.uses >= _NEWEST_USES:
                reader.end()
                reader = None
        finally:
            self._free.put(reader)
        return (
            answer if answer is not None else Unreadable(f"{_name(request)} takes more to read than this server gives")
        )

    def close(self) -> None:
        """End those that are free; the others end with their request."""
        with suppress(queue.Empty):
            while True:
                reader = self._free.get_nowait()
                if reader is not None:
                    reader.end()


def _name(request: Request) -> str:
    return request.after[1] if isinstance(request, CompareRequest) else request.name
