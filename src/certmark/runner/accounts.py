"""Users that Tempest marked as taken, and that nobody will give back.

Tempest marks a user of accounts.yaml as taken with a file in the folder of its locks: named for an
MD5 of the user, holding the short name of the class. A class whose process was killed cannot remove
it; without help each crash would cost the rest of the run two or three users.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from certmark.cloud.accounts_file import guessed_parallel, read_accounts
from certmark.domain.capacity import beside_held_users
from certmark.formats.run_folder import ACCOUNTS

LOCKS: Final = "locks"
"""The folder of locks in a run's configuration."""
_MARK: Final = re.compile(r"[0-9a-f]{32}\Z")
_LONGEST: Final = 1000


def free_accounts(configuration: str | Path, group: str) -> None:
    """Give back what the dead class `group` held; another class of the same short name loses its marks, too."""
    short = group.rpartition(".")[2]
    for path in _marks(configuration):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            with path.open(encoding="utf-8") as file:
                holder = file.read(_LONGEST)
            if holder == short:
                path.unlink()


def has_marks(configuration: str | Path) -> bool:
    """Whether a class was killed with users in its hands."""
    return any(True for _ in _marks(configuration))


def set_aside(configuration: str | Path, workers: int, capacity: int | None = None) -> tuple[int, int]:
    """Before a run goes on: how many classes can run at a time, and how many users are left alone for it.

    `domain.capacity`'s rule 4. `capacity`: how many classes at a time all users are enough for; None: nobody knows.
    """
    held = len(list(_marks(configuration)))
    users = Path(configuration, ACCOUNTS)
    possible = None
    if held and users.exists():
        all_ = capacity if capacity is not None else guessed_parallel(read_accounts(users))
        possible = beside_held_users(held, all_)
    if possible is None:
        free_all_accounts(configuration)
        return workers, 0
    return min(workers, possible), held


def free_all_accounts(configuration: str | Path) -> None:
    """Give back everything: nobody is running."""
    for path in _marks(configuration):
        path.unlink(missing_ok=True)


def _marks(configuration: str | Path) -> Iterator[Path]:
    folder = Path(configuration, LOCKS)
    if folder.is_dir():
        yield from (path for path in list(folder.iterdir()) if _MARK.match(path.name))
