"""Deadlines of a programme: days, working days and months; all end at 24:00 UTC of their day.

Working days are Monday to Friday: no programme of ours has one calendar of holidays for all its people.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

_SATURDAY = 5


def day_of(moment: datetime) -> date:
    """The day of a moment, in UTC."""
    return moment.astimezone(UTC).date()


def end_of(day: date) -> datetime:
    """The moment from which `day` is over."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def after_days(moment: datetime, days: int) -> datetime:
    """The end of the day that lies `days` behind that of `moment`."""
    return end_of(day_of(moment) + timedelta(days=days))


def after_working_days(moment: datetime, days: int) -> datetime:
    """The end of the `days`-th working day behind the day of `moment`."""
    day = day_of(moment)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return end_of(day)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months on; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
