"""Whom a run acts as: how many classes at a time its accounts are enough for, and users that nobody gives back.

Tempest marks a user of accounts.yaml as taken with a file in the folder of its locks: named for an
MD5 of the user, holding the short name of the class. A class whose process was killed cannot remove
it, and its projects may not be empty: its users are kept from other classes until they are clean.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from certmark.cloud.accounts_file import Account, guessed_parallel, read_accounts, staff_of
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
_HELD_BY_US: Final = "certmark"
"""What stands in the mark of a user whose project is not clean."""
_HASHED: Final = frozenset(
    {"username", "password", "user_id", "tenant_id", "tenant_name", "project_id", "project_name"}
)
"""The fields of an account that Tempest's mark is made of."""
_MARK: Final = re.compile(r"[0-9a-f]{32}\Z")
_LONGEST: Final = 1000


Cleaner = Callable[[Sequence[Account] | None], str | None]
"""Makes the projects of some users (None: of all) as they were before the run; gives why it could not."""


class CleanedUsers(NamedTuple):
    """Users that a class left unclean were looked after."""

    group: str
    problem: str | None
    """Why they are not used any more; None: they are clean, and given back."""


class AccountKeeper:
    """Keeps users whose projects a class left unclean from other classes until they are clean.

    `capacity`: how many classes at a time all users are enough for; None: nobody knows.
    """

    def __init__(self, configuration: Path, capacity: int | None, clean: Cleaner) -> None:
        self._folder = configuration / LOCKS
        self._accounts = {mark_of(one): one for one in read_accounts(configuration / ACCOUNTS)}
        self._capacity = capacity if capacity is not None else guessed_parallel(self._accounts.values())
        self._clean = clean
        self._holds: dict[str, frozenset[str]] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cleaning")
        self._cleaning: dict[str, tuple[frozenset[str], Future[str | None]]] = {}
        self._kept: set[str] = set()
        self._own = frozenset(path.name for path in self._marks())
        """Marks from before: of users that are left alone already."""

    def began_tests(self, group: str) -> None:
        """The first test of class `group` began: it has its users by now."""
        if group not in self._holds:
            self._holds[group] = self._marked_by(group)

    def ended(self, group: str, *, is_clean: bool) -> None:
        """The class is at its end; if it left its projects unclean, its users are held until they are clean."""
        marks = self._holds.pop(group, frozenset())
        if is_clean:
            return
        marks |= self._marked_by(group)
        for mark in marks:
            with contextlib.suppress(OSError):
                (self._folder / mark).write_text(_HELD_BY_US, encoding="utf-8")
        users = [account for mark, account in self._accounts.items() if mark in marks]
        if users:
            self._cleaning[group] = (marks, self._pool.submit(self._clean, users))

    def look(self) -> list[CleanedUsers]:
        """Whose users have been looked after since; the clean ones are given back."""
        found = []
        for group, (marks, answer) in list(self._cleaning.items()):
            if not answer.done():
                continue
            del self._cleaning[group]
            problem = answer.result()
            if problem is None:
                self._give_back(marks)
            else:
                self._kept |= marks
            found.append(CleanedUsers(group, problem))
        return found

    def clean_all(self) -> str | None:
        """Nobody runs: everything is made clean and given back; gives why it could not."""
        problem = self._clean(None)
        if problem is None:
            self._give_back(path.name for path in self._marks())
            self._kept.clear()
        return problem

    @property
    def is_busy(self) -> bool:
        """Whether users are being looked after now."""
        return bool(self._cleaning)

    def at_most(self, workers: int) -> int:
        """How many classes may run at a time now; 0: none, for too few users are clean."""
        held = len(self._kept) + sum(len(marks) for marks, _ in self._cleaning.values())
        return workers if not held else min(workers, beside_held_users(held, self._capacity) or 0)

    def close(self) -> None:
        """Wait for nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _marks(self) -> Iterator[Path]:
        return _marks(self._folder.parent)

    def _marked_by(self, group: str) -> frozenset[str]:
        """The marks of a class; of another one of the same short name only those that nobody else is known to hold."""
        short = group.rpartition(".")[2]
        others = frozenset[str]().union(*(marks for name, marks in self._holds.items() if name != group))
        return frozenset(path.name for path in self._marks() if _holder_of(path) == short) - others - self._own

    def _give_back(self, marks: Iterable[str]) -> None:
        for mark in list(marks):
            (self._folder / mark).unlink(missing_ok=True)


def mark_of(account: Account) -> str:
    """The name of the file with which Tempest marks a user of accounts.yaml as taken."""
    words = {key: value for key, value in account.document.items() if key in _HASHED}
    return hashlib.md5(str(words).encode(), usedforsecurity=False).hexdigest()


def _holder_of(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST)
    except (OSError, UnicodeDecodeError):
        return ""


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
