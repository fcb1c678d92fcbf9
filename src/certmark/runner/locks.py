"""Locks that name their holder: one process on a run, and one run on a cloud, at a time.

The kernel holds the lock (flock) and drops it when its holder dies, whatever the cause; what is
written in the file only says who it is. A file that is left behind locks nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from certmark.domain.errors import CannotProceed

_LARGEST: Final = 4096


class LockHeld(CannotProceed):
    """Somebody else is at it; the message says who."""


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[str | None]:
    """Hold the lock file `path`; gives a sentence about a holder that died, if one did.

    Raises LockHeld, with `what` as the subject of its sentence; CannotProceed where it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeld(f"{what} is in use by {_holder(descriptor)}; wait for it, or stop that process") from None
        gone = _holder(descriptor)
        try:
            _write(descriptor, {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()})
        except OSError as error:
            raise CannotProceed(f"{what} cannot be locked: {path}: {error.strerror}") from error
        try:
            yield None if gone is None else f"{what} was held by {gone}, which is gone"
        finally:
            _write(descriptor, None)
    finally:
        os.close(descriptor)


def cloud_lock(home: Path, cloud: str) -> Path:
    """The path of the lock of `cloud`, which is told by whatever names it."""
    return home / "locks" / f"{hashlib.sha256(cloud.encode()).hexdigest()[:16]}.lock"


def is_held(path: Path) -> bool:
    """Whether a process holds the lock file `path` now. Raises OSError where it is there and cannot be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _holder(descriptor: int) -> str | None:
    """Who is written in the lock file; None where nobody is."""
    try:
        content = json.loads(os.pread(descriptor, _LARGEST, 0))
        return f"process {content['pid']} on {content['host']}, since {content['since']}"
    except (ValueError, KeyError, TypeError):
        return None


def _write(descriptor: int, content: dict[str, object] | None) -> None:
    os.ftruncate(descriptor, 0)
    if content is not None:
        os.pwrite(descriptor, json.dumps(content).encode(), 0)


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime())
