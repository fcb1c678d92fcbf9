"""How many classes of a run go on at a time, and what is said where its accounts are not enough for them.

1. A person's number holds. What the accounts are not enough for is said before the run; classes that find no
   users fail in set-up.
2. Without a number there are as many as the accounts are enough for, by what the classes say that they take;
   where the suite does not tell, a guess by the number of accounts.
3. A suite that tests no cloud takes no accounts: as many as there are processors, eight at most.
4. When a run goes on, users whom killed classes held are left alone, for their projects may not be empty; two
   of them cost one class at a time. Where the others are not enough for one class, all are given back.
"""

from __future__ import annotations

from typing import NamedTuple

from certmark.domain.accounts_enough import Staff, shortages
from certmark.domain.accounts_needed import Count

MOST_ON_PROCESSORS = 8
"""Rule 3."""


class Capacity(NamedTuple):
    """What accounts are enough for."""

    most: int
    """Classes at a time."""
    staff: Staff | None = None
    users: Count | None = None
    """How many the class takes that takes most; None where the suite does not tell, and `most` is a guess."""

    def workers(self, asked: int | None) -> int:
        """Classes at a time, where a person asked for so many; None: they leave it to us (rules 1 and 2)."""
        return self.most if asked is None else asked

    def shortages(self, workers: int) -> tuple[str, ...]:
        """What is missing for so many classes at a time, as far as the suite tells; a sentence each."""
        return () if self.staff is None or self.users is None else shortages(self.staff, self.users, workers, {})

    def warnings(self, workers: int) -> tuple[str, ...]:
        """What is said before a run of so many classes at a time; a sentence each (rule 1)."""
        found = tuple(f"accounts: {sentence}" for sentence in self.shortages(workers))
        if self.users is None and workers > self.most:
            guess = f"there are users for {self.most} classes at a time, and {workers} are asked for"
            found += (f"{guess}: some classes may find none and fail in set-up",)
        return found


def on_processors(count: int | None) -> Capacity:
    """Rule 3; `count` None: nobody knows how many there are."""
    return Capacity(min(MOST_ON_PROCESSORS, count or 1))


def beside_held_users(held: int, capacity: int) -> int | None:
    """Classes at a time while `held` users are left alone; None: all are given back (rule 4)."""
    possible = capacity - (held + 1) // 2
    return possible if possible >= 1 else None
