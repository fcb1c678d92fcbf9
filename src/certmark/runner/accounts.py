"""Whom a run acts as: how many classes at a time its accounts are enough for, and users that nobody gives back.

Tempest marks a user of accounts.yaml as taken with a file in the folder of its locks: named for an
MD5 of the user, holding the short name of the class. A class whose process was killed cannot remove
it; without help each crash would cost the rest of the run two or three users.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from certmark.cloud.accounts_file import guessed_parallel, read_accounts, staff_of
from certmark.cloud.discovery.tempest_conf import Config
from certmark.domain.accounts_needed import counted_of
from certmark.domain.capacity import Capacity, beside_held_users, concurrency_for
from certmark.domain.identity import split
from certmark.formats.run_folder import ACCOUNTS
from certmark.places import cache_home
from certmark.runner.suites import InstalledSuite, SuiteError, SuiteKind
from certmark.runner.surveying import survey

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


def capacity_of(installed: InstalledSuite, config: Config, full_ids: Iterable[str]) -> Capacity:
    """Classes at a time for the tests of these ids; where the suite does not tell whom they act as, a guess."""
    if not config.accounts:
        return Capacity(config.parallel)
    staff = staff_of(read_accounts(config.folder / ACCOUNTS))
    guess = Capacity(config.parallel, staff)
    if installed.suite.kind is not SuiteKind.UNITTEST:
        return guess
    try:
        known = survey(installed, cache=Path(cache_home()))
    except SuiteError:
        return guess  # listing it worked, so it can be run; who its users are is not known
    if not known.is_described:
        return guess
    chosen = {split(full).name for full in full_ids}
    options = {option.key: option.value for option in config.options}
    count = counted_of((test for test in known.tests if split(test.full_id).name in chosen), options)
    return Capacity(concurrency_for(staff, count), staff, count)
