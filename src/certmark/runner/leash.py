"""Processes that do not outlive whoever began them, whatever becomes of either.

What is begun runs below a small process of its own, the leash. It ends, with everything below it, when the command
ends, when its holder lets go, or when the holder dies, by SIGKILL, too: then the pipe to it ends. On Linux also what
a command detached from itself ends (prctl, PR_SET_CHILD_SUBREAPER).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

_SUBREAPER, _DEATH_SIGNAL = 36, 1
_PAUSE = 0.02
_LONGEST = 5.0
"""Seconds in which a leash ends what is below it."""
_HIGHEST = 128


class Leash:
    """A command that was begun."""

    def __init__(self, words: Sequence[str], env: Mapping[str, str], folder: Path, log: IO[bytes]) -> None:
        """Begin it in `folder`; what it says on standard error goes to `log`. Raises OSError."""
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", __name__, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=dict(env),
            cwd=folder,
            start_new_session=True,  # a terminal's Ctrl-C is the holder's to pass on
        )

    def lines(self, longest: int) -> Iterator[bytes]:
        """What it says on standard output, until its end."""
        assert self._process.stdout is not None  # noqa: S101 - PIPE, above
        with self._process.stdout as stream:
            yield from iter(lambda: stream.readline(longest), b"")

    def wait(self) -> int:
        """Its exit status, once nothing is left of it; above 128: the signal that ended it."""
        status = self._process.wait()
        self._close()
        return status

    def interrupt(self) -> None:
        """Ask it to end in order."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def let_go(self) -> None:
        """End it and everything below it, at once."""
        self._close()
        try:
            self._process.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _close(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()


def main(words: Sequence[str]) -> int:
    """Be the leash of a command."""
    _prctl(_SUBREAPER, 1)
    child = subprocess.Popen(  # noqa: S603 - what the holder begins
        words,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: _prctl(_DEATH_SIGNAL, signal.SIGKILL),  # noqa: PLW1509 - no thread runs yet
    )

    def pass_on(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    threading.Thread(target=_end_with_holder, daemon=True).start()
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child.pid:
            break
    _end_all()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else _HIGHEST - code


def _end_with_holder() -> None:
    while os.read(0, 1):
        pass
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end and _kill_children():  # those that they leave become children of this process
        time.sleep(_PAUSE)


def _end_all() -> None:
    """Nothing below this process goes on."""
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end and _kill_children():
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(_PAUSE)


def _kill_children() -> bool:
    """Whether there were any."""
    found = [pid for pid in _processes() if _parent_of(pid) == os.getpid()]
    for pid in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return bool(found)


def _processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - many, and names only
    except OSError:
        return []


def _parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _prctl(option: int, value: int) -> None:
    """Elsewhere than on Linux there is none."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
