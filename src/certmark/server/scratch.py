"""Files for a moment, such as an upload while it is read: below the data, of one process, gone with it.

A process holds a lock on its folder. Whoever begins removes the folders that nobody holds any more, so that what a
process left when it was killed, which may be private, is not there for long.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from certmark.domain.errors import CannotProceed


@contextmanager
def scratch(data: Path) -> Iterator[Path]:
    """A folder of this process below `data`; what others left is removed. Raises CannotProceed."""
    root = data / "scratch"
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        with _held(root):
            _sweep(root)
            folder = Path(tempfile.mkdtemp(dir=root))
            place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(place, fcntl.LOCK_EX)
    except OSError as error:
        raise CannotProceed(f"{root} cannot be used: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(place)


@contextmanager
def _held(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Raises BlockingIOError where another process has it."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(place)


def _sweep(root: Path) -> None:
    for folder in root.iterdir():
        try:
            with _held(folder, wait=False):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # somebody is at it, or it is gone
            continue
