"""Users that Tempest marked as taken, and that nobody will give back.

Tempest marks a user of accounts.yaml as taken with a file in the folder of its locks: named for an
MD5 of the user, holding the short name of the class. A class whose process was killed cannot remove
it; without help each crash would cost the rest of the run two or three users.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from certmark.cloud.accounts_file import guessed_parallel, read_accounts

LOCKS: Final = "locks"
"""The folder of locks in a run's configuration."""
_MARK: Final = re.compile(r"[0-9a-f]{32}\Z")


def free_accounts(configuration: str, group: str) -> None:
    """Give back what the dead class `group` held; another class of the same short name loses its marks, too."""
    short = group.rpartition(".")[2]
    for path in _marks(configuration):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            with open(path, encoding="utf-8") as file:
                holder = file.read(1000)
            if holder == short:
                os.unlink(path)


def has_marks(configuration: str) -> bool:
    """Whether a class was killed with users in its hands."""
    return any(True for _ in _marks(configuration))


def set_aside(configuration: str, workers: int, capacity: int | None = None) -> tuple[int, int]:
    """Before a resumed run: how many classes can run at a time, and how many users are set aside for it.

    What a killed class made stays in the projects of its users, and tests that expect an empty project
    would fail there. So marked users stay marked as long as the others are enough for one class; else
    all are given back. `capacity`: how many classes at a time all users are enough for; None: nobody knows.
    """
    marked = len(list(_marks(configuration)))
    users = os.path.join(configuration, "accounts.yaml")
    if not marked or not os.path.exists(users):
        free_all_accounts(configuration)
        return workers, 0
    all_ = capacity if capacity is not None else guessed_parallel(read_accounts(Path(users)))
    possible = all_ - (marked + 1) // 2
    if possible < 1:
        free_all_accounts(configuration)
        return workers, 0
    return min(workers, possible), marked


def free_all_accounts(configuration: str) -> None:
    """Give back everything: nobody is running."""
    for path in _marks(configuration):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _marks(configuration: str) -> Iterator[str]:
    folder = os.path.join(configuration, LOCKS)
    if os.path.isdir(folder):
        yield from (os.path.join(folder, name) for name in os.listdir(folder) if _MARK.match(name))
