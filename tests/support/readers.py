"""Processes that read, forked from one that has imported everything: the very code of `server.reading`, sooner there.

A server starts each anew, which takes a third of a second of CPU. A test of how they are started, or of what they do
to the machine, takes the marker `real_readers`.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from typing import IO

_NURSERY = """
import os, socket, sys
from certmark.server.reading import reader
import certmark.server.reading.attestations, certmark.formats.results, yaml, jinja2
channel = socket.socket(fileno=int(sys.argv[1]))
while True:
    words, handles, _, _ = socket.recv_fds(channel, 4096, 2)
    if not words:
        break
    child = os.fork()
    if not child:
        code = 1
        try:
            channel.close()
            os.setsid()
            os.dup2(handles[0], 0)
            os.dup2(handles[1], 1)
            os.closerange(3, 64)
            code = reader.main(words.decode().split())
        finally:
            os._exit(code)
    process = os.pidfd_open(child)
    socket.send_fds(channel, [b"x"], [process])
    for handle in (process, *handles):
        os.close(handle)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
"""


class Forked:
    """A process that reads, as `subprocess.Popen` has one."""

    def __init__(self, process: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self._process, self.stdin, self.stdout = process, stdin, stdout

    def __del__(self) -> None:
        os.close(self._process)

    def poll(self) -> int | None:
        """Something but None once it has ended."""
        return 0 if select.select([self._process], [], [], 0)[0] else None

    def kill(self) -> None:
        """At once."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def wait(self) -> int:
        """Until it has ended."""
        select.select([self._process], [], [])
        return 0


class Nursery:
    """The process from which they are forked."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def _begin(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _NURSERY, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
                start_new_session=True,
                pass_fds=[theirs.fileno()],
            )

    def started(self, *limits: float) -> Forked:
        """As `server.reading.pool.started`."""
        (their_in, our_in), (our_out, their_out) = os.pipe(), os.pipe()
        with self._guard:
            if self._process is None:
                self._begin()
            socket.send_fds(self._channel, [" ".join(map(str, limits)).encode()], [their_in, their_out])
            _, (process,), _, _ = socket.recv_fds(self._channel, 1, 1)
        os.close(their_in)
        os.close(their_out)
        return Forked(process, os.fdopen(our_in, "wb"), os.fdopen(our_out, "rb"))

    def end(self) -> None:
        """Once all that it forked have ended."""
        if self._process is not None:
            self._channel.close()
            self._process.wait(60)
