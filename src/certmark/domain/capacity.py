"""How many classes go on at a time, and what is said where accounts are not enough for them.

What accounts are enough for: the rules of `accounts_needed`, read backwards.

1. A class takes its ordinary users, administrators and resellers for itself alone, so N classes take N times as many,
   and never more than all classes together that ask for them.
2. A class that asks for a companion finds it in the project of its own user. One class takes the same project each
   time; with several at a time any of their projects may be that one, so each must have a companion.
3. A sort of which nobody is there fails its classes however few there are at a time: it is told, and does not weigh
   on how many classes run at a time.

How many classes of a run go on at a time:

4. A person's number holds as far as the accounts are enough for it: classes beyond that would find no users and fail
   in set-up. That fewer go on at a time is said in one sentence.
5. Without a number there are as many as the accounts are enough for, by what the classes say that they take;
   where the suite does not tell, a guess by the number of accounts, which a person's number may exceed up to one
   class for each ordinary user.
6. A suite that tests no cloud takes no accounts: as many as there are processors, eight at most.
7. When a run goes on, users whom killed classes held are left alone, for their projects may not be empty; two
   of them cost one class at a time. Where the others are not enough for one class, all are given back.
8. Accounts whose projects hold what earlier runs left are left out where the others are enough without them: two
   projects with an ordinary user, and somebody of every sort that was there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from certmark.domain.accounts_needed import RESELLER, NeededUsers
from certmark.domain.phrases import counted

MOST_ON_PROCESSORS = 8
"""Rule 6."""


class AvailableUsers(NamedTuple):
    """How many users of each sort are at hand."""

    ordinary: int = 0
    """Projects with an ordinary user; two users of one project count once."""
    admins: int = 0
    resellers: int = 0
    companions: Mapping[str, int] = {}
    """Role -> projects of ordinary users in which somebody else has it."""


class Capacity(NamedTuple):
    """What accounts are enough for; without `staff` the number of accounts limits nothing."""

    most: int
    """Classes at a time."""
    staff: AvailableUsers | None = None
    users: NeededUsers | None = None
    """How many the class takes that takes most; None where the suite does not tell, and `most` is a guess."""

    def workers(self, asked: int | None) -> int:
        """Classes at a time, where a person asked for so many; None: they leave it to us (rules 4 and 5)."""
        if asked is None:
            return self.most
        return asked if self.limit is None else min(asked, self.limit)

    @property
    def limit(self) -> int | None:
        """How many classes at a time may find users at all; None: any number."""
        if self.staff is None:
            return None
        return self.most if self.users is not None else max(self.most, self.staff.ordinary)

    def shortages(self, workers: int) -> tuple[str, ...]:
        """What is missing for so many classes at a time, as far as the suite tells; a sentence each."""
        return () if self.staff is None or self.users is None else shortages(self.staff, self.users, workers, {})

    def warnings(self, workers: int) -> tuple[str, ...]:
        """What is said before a run of so many classes at a time; a sentence each."""
        found = tuple(f"accounts: {sentence}" for sentence in self.shortages(workers))
        if self.users is None and self.staff is not None and workers > self.most:
            likely = f"the accounts are probably enough for {counted(self.most, 'class', 'classes')} at a time"
            found += (f"{likely}, and {workers} are asked for: some classes may find no user and fail in set-up",)
        return found


def capped_sentence(workers: int, asked: int) -> str:
    """That fewer classes go on at a time than a person asked for (rule 4)."""
    enough = f"the accounts are enough for {counted(workers, 'class', 'classes')} at a time"
    return f"{enough}: {workers} will run at a time, not {asked}"


def on_processors(count: int | None) -> Capacity:
    """Rule 6; `count` None: nobody knows how many there are."""
    return Capacity(min(MOST_ON_PROCESSORS, count or 1))


def beside_held_users(held: int, capacity: int) -> int | None:
    """Classes at a time while `held` users are left alone; None: all are given back (rule 7)."""
    max_concurrency = capacity - (held + 1) // 2
    return max_concurrency if max_concurrency >= 1 else None


def are_enough_without(everybody: AvailableUsers, rest: AvailableUsers) -> bool:
    """Whether a run can do with the `rest` of its accounts (rule 8)."""
    pairs = [
        (2, everybody.ordinary, rest.ordinary),
        (1, everybody.admins, rest.admins),
        (1, everybody.resellers, rest.resellers),
        *((1, count, rest.companions.get(role, 0)) for role, count in everybody.companions.items()),
    ]
    return all(left >= min(least, before) for least, before, left in pairs)


class _Sort(NamedTuple):
    what: str
    """Of one; `s` makes it many."""
    which: str
    have: int
    need: int
    """For one class."""
    classes: int = 0
    """How many ask for it; 0: any may."""

    def for_classes(self, workers: int) -> int:
        """How many of them `workers` classes at a time take."""
        return min(workers, self.classes or workers) * self.need

    @property
    def max_concurrency(self) -> int | None:
        """Classes at a time; None: there are enough for all that ask."""
        return None if self.classes and self.have >= self.classes * self.need else self.have // self.need


def max_concurrency(staff: AvailableUsers, count: NeededUsers) -> int:
    """How many classes at a time find all their users; 0: there are some that never do."""
    sorts = [sort.max_concurrency for sort in _sorts(staff, count)]
    return min(
        [
            *(bound for bound in sorts if bound is not None),
            *(_of_companions(staff, count, role) for role in count.companions),
        ],
        default=staff.ordinary,
    )


def concurrency_for(staff: AvailableUsers, count: NeededUsers) -> int:
    """How many classes to run at a time, 1 at least, leaving out sorts of which nobody is there (rule 3)."""
    there = [bound for sort in _sorts(staff, count) if sort.have and (bound := sort.max_concurrency) is not None]
    there += [_of_companions(staff, count, role) for role in count.companions if staff.companions.get(role)]
    return max(1, min(there, default=staff.ordinary))


def shortages(staff: AvailableUsers, count: NeededUsers, workers: int, roles: Mapping[str, str]) -> tuple[str, ...]:
    """What is missing for `workers` classes at a time, a sentence each; `roles` are names for `section.option`."""
    found = []
    for sort in _sorts(staff, count, roles.get(RESELLER, "ResellerAdmin")):
        if sort.have < sort.for_classes(workers):
            needs = "one class needs" if workers == 1 else f"{workers} classes at a time need"
            what = f"{counted(sort.for_classes(workers), sort.what)}{sort.which}"
            found.append(f"{needs} {what}, and {f'only {sort.have}' if sort.have else 'none'} can be used")
    for role in count.companions:
        if _of_companions(staff, count, role) < workers:
            lacking = staff.ordinary - staff.companions.get(role, 0)
            have = "has" if lacking == 1 else "have"
            found.append(f"{lacking} of {counted(staff.ordinary, 'project')} {have} no user with only the role {role}")
    return tuple(found)


def _sorts(staff: AvailableUsers, count: NeededUsers, reseller: str = "") -> Iterator[_Sort]:
    """Those that some class asks for."""
    yield from (
        sort
        for sort in (
            _Sort("ordinary user", " in separate projects", staff.ordinary, count.ordinary),
            _Sort("user", f" with the role {reseller}", staff.resellers, count.resellers, count.reseller_classes),
            _Sort("administrator", "", staff.admins, count.admins, count.admin_classes),
        )
        if sort.need
    )


def _of_companions(staff: AvailableUsers, count: NeededUsers, role: str) -> int:
    """Rule 2."""
    have = staff.companions.get(role, 0)
    return have // max(1, count.ordinary) or min(have, 1)
