"""When a standing order is due, and until when its run may begin.

1. A schedule is words: the days, then the time of day, in UTC: `daily 02:00`, `mon thu 02:00`, `monthly 02:00`,
   `quarterly 02:00`, `yearly 02:00`; the last three on the first day of their period. `by hand` is never due by itself.
2. The next time is always after the moment that is asked for: what was missed is not made up for.
3. What is due may begin until its window ends, and counts as overdue from then on.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from certmark.domain.errors import InvalidInput

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = {"monthly": frozenset(range(1, 13)), "quarterly": frozenset({1, 4, 7, 10}), "yearly": frozenset({1})}
_TEXT = re.compile(r"([a-z ]{3,40}) ([01][0-9]|2[0-3]):([0-5][0-9])")
BY_HAND = "by hand"
LONGEST_WINDOW = 1440
"""Minutes."""
_MINUTE = 60_000_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LONGEST = 367
"""Days from one time to the next."""


class InvalidSchedule(InvalidInput):
    """Whoever writes an order must look at its schedule again; the message says how one is written."""


class Schedule(NamedTuple):
    """Days and a time of day."""

    text: str
    weekdays: frozenset[int] = frozenset()
    """Monday is 0; empty: not by the week."""
    months: frozenset[int] = frozenset()
    """Months on whose first day it is due; empty: not by the month."""
    minute: int = 0
    """Of the day."""

    def next_after(self, moment: int) -> int | None:
        """Rule 2, in microseconds since 1970; None: never by itself."""
        day = (_EPOCH + dt.timedelta(microseconds=moment)).replace(hour=0, minute=0, second=0, microsecond=0)
        for _ in range(_LONGEST):
            found = _microseconds(day) + self.minute * _MINUTE
            if found > moment and self._has(day):
                return found
            day += dt.timedelta(days=1)
        return None

    def _has(self, day: dt.datetime) -> bool:
        return day.weekday() in self.weekdays or (day.day == 1 and day.month in self.months)


def _microseconds(day: dt.datetime) -> int:
    return (day - _EPOCH) // dt.timedelta(microseconds=1)


def read_schedule(text: str) -> Schedule:
    """A schedule of its words (rule 1). Raises InvalidSchedule."""
    if text == BY_HAND:
        return Schedule(text)
    found = _TEXT.fullmatch(text)
    words = found[1].split() if found else []
    weekdays = frozenset(range(7)) if words == ["daily"] else frozenset(map(_WEEK.index, {*words} & {*_WEEK}))
    months = _MONTHS.get(" ".join(words), frozenset())
    if found is None or not (months or weekdays) or not (months or words == ["daily"] or {*words} <= {*_WEEK}):
        raise InvalidSchedule(
            f"{text[:60]!r} is no schedule; one is written daily 02:00, mon thu 02:00, monthly 02:00, "
            f"quarterly 02:00, yearly 02:00 (all UTC), or {BY_HAND}"
        )
    return Schedule(text, weekdays, months, int(found[2]) * 60 + int(found[3]))


def window_end(due: int, minutes: int) -> int:
    """Rule 3: until when what is due may begin."""
    return due + minutes * _MINUTE
