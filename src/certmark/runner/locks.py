"""Locks that name their holder: one process on a run, one run on a cloud, and no change of it meanwhile.

The kernel holds the lock (flock) and drops it when its holder dies, whatever the cause; what is
written in the file only says who it is. A file that is left behind locks nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from certmark.domain.errors import CannotProceed
from certmark.places import state_home

_LARGEST: Final = 4096
IN_USE: Final = "is in use by"
"""What the sentence of LockHeld says, whoever says it on."""


class LockHeld(CannotProceed):
    """Somebody else is at it; the message says who."""


@contextlib.contextmanager
def locked(path: Path, what: str, *, is_shared: bool = False) -> Iterator[str | None]:
    """Hold the lock file `path`; gives a sentence about a holder that died, if one did.

    `is_shared`: others may share it, and only who wants it alone is refused. Raises LockHeld, with `what` as the
    subject of its sentence; CannotProceed where it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotProceed(f"{what} cannot be locked: {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(descriptor) or "another process"
            raise LockHeld(f"{what} {IN_USE} {holder}; wait for it, or stop that process") from None
        gone = _holder(descriptor)
        mine = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
        try:
            _write(descriptor, mine)
        except OSError as error:
            raise CannotProceed(f"{what} cannot be locked: {path}: {error.strerror}") from error
        try:
            yield None if gone is None or is_shared else f"{what} was held by {gone}, which is gone"
        finally:
            if not is_shared or _content(descriptor) == mine:
                with contextlib.suppress(OSError):  # the kernel gives it back all the same
                    _write(descriptor, None)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def cloud_tested(cloud: str, home: Path | None = None) -> Iterator[tuple[str, ...]]:
    """Nobody else tests the region of a cloud that `cloud` names (an address and a region), and nobody changes it.

    Gives a sentence for each holder that died. Raises what `locked` raises.
    """
    home = state_home() if home is None else home
    with ExitStack() as stack:
        held = [
            stack.enter_context(locked(_all_regions(home, cloud), f"the cloud {cloud}", is_shared=True)),
            stack.enter_context(locked(cloud_lock(home, cloud), f"the cloud {cloud}")),
        ]
        yield tuple(one for one in held if one)


@contextlib.contextmanager
def cloud_changed(cloud: str, home: Path | None = None) -> Iterator[None]:
    """Nobody tests any region of the cloud that `cloud` names while somebody changes what it holds.

    Raises LockHeld while a run is on.
    """
    place = _all_regions(state_home() if home is None else home, cloud)
    with locked(place, f"the cloud {address_in(cloud)}"):
        yield


def address_in(cloud: str) -> str:
    """The address in what names a cloud, without region and version."""
    return re.sub(r"(/+v\d[\d.]*)?/*\Z", "", cloud.partition(" ")[0])


def _all_regions(home: Path, cloud: str) -> Path:
    return cloud_lock(home, f"all regions of {address_in(cloud)}")


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
    content = _content(descriptor)
    try:
        return f"process {content['pid']} on {content['host']}, since {content['since']}"
    except (KeyError, TypeError):
        return None


def _content(descriptor: int) -> Any:
    try:
        return json.loads(os.pread(descriptor, _LARGEST, 0))
    except ValueError:
        return None


def _write(descriptor: int, content: dict[str, object] | None) -> None:
    os.ftruncate(descriptor, 0)
    if content is not None:
        os.pwrite(descriptor, json.dumps(content).encode(), 0)


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime())
