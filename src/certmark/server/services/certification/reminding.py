"""What nobody does but the clock: reminders, what is overdue, second notices. Done every hour, told once.

1. A holder is told so many days before the end of a certificate as its rulebook says, the last of them on its last day;
   after a pause of the server only the newest of what was missed.
2. A vendor that is asked something is told 15 and 5 days before it is due.
3. The office is told once a day what is overdue, and only that; reviewers of what they are late with, once.
4. A challenge that the holder did not acknowledge in five days comes once more, to everybody of theirs.
5. Each is a transaction of its own: what one of them meets does not hold up the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from certmark.domain.certification.standings import A_DAY, day_of, last_day
from certmark.domain.certification.steps import Turn
from certmark.domain.notices import reminder
from certmark.domain.phrases import count_of
from certmark.server.services import programmes
from certmark.server.services.certification.guideline_news import tell_of_guidelines
from certmark.server.services.certification.own_notices import send_daily
from certmark.server.services.certification.telling import Concerned, path_of, tell, was_told
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.certification import applications, reminders
from certmark.server.store.certification.reminders import RemindedOf
from certmark.server.store.database import Transaction

_ASKED = (15, 5)
"""Rule 2."""
_DEFAULT = (90, 30, 7, 0)
"""Where a server does not have a certificate's rulebook any more."""
_LONGEST = 730
"""Days that a rulebook may say (rule 1)."""
_OURS = {Turn.OFFICE.value, Turn.REVIEWERS.value, Turn.PANEL.value}
_SILENT_DAYS = 5
_MOST_ITEMS = 50
"""Of the office's list; of others it has the number."""
EVERY = 3600.0
"""Seconds between two looks."""


class DueNotice(NamedTuple):
    """Something that is to be told, if it was not."""

    event: str
    place: str
    of: RemindedOf
    key: str
    days: int = 0


def remind(services: Services) -> None:
    """All of it, and then the daily mails."""
    now = services.clock()
    for found in (_ending(services, now), _asked(services, now), _late(services, now), _silent(services, now)):
        for one in found:
            _tell(services, one)
    _tell_office(services, now)
    tell_of_guidelines(services)
    send_daily(services)


def _read(services: Services, rows: Callable[[Transaction], Iterable[RemindedOf]]) -> list[RemindedOf]:
    with services.database.read() as transaction:
        return list(rows(transaction))


def _ending(services: Services, now: int) -> Iterator[DueNotice]:
    """Rule 1."""
    until = now + (_LONGEST + 1) * A_DAY
    for one in _read(services, lambda transaction: reminders.ending(transaction, now, until)):
        days = _days_left(one.due, now)
        threshold = reminder(days, _thresholds(services, one))
        if threshold is not None:
            event = "ends soon" if days else "ends today"
            yield DueNotice(event, "certificates", one, f"{one.id.hex()} {one.due} {threshold}", days)


def _thresholds(services: Services, one: RemindedOf) -> tuple[int, ...]:
    try:
        return programmes.rulebook_cited(services, one.programme, one.rulebook).reminders
    except NotFound:
        return _DEFAULT


def _days_left(until: int, now: int) -> int:
    """Whole days from today to the last day."""
    return (until - 1) // A_DAY - now // A_DAY


def _asked(services: Services, now: int) -> Iterator[DueNotice]:
    """Rule 2."""
    until = now + (max(_ASKED) + 1) * A_DAY
    for place, one in _due(services, until):
        threshold = reminder(_days_left(one.due, now), _ASKED)
        if one.owner == Turn.VENDOR.value and one.due > now and threshold is not None:
            yield DueNotice("answer due", place, one, f"{one.id.hex()} {one.due} {threshold}", _days_left(one.due, now))


def _late(services: Services, now: int) -> Iterator[DueNotice]:
    """Rule 3, of reviewers."""
    for place, one in _due(services, now):
        if one.owner == Turn.REVIEWERS.value:
            yield DueNotice("review overdue", place, one, f"{one.id.hex()} {one.due}")


def _silent(services: Services, now: int) -> Iterator[DueNotice]:
    """Rule 4."""
    before = now - _SILENT_DAYS * A_DAY
    for one in _read(services, lambda transaction: reminders.unacknowledged(transaction, before)):
        yield DueNotice("unacknowledged", "cases", one, one.id.hex())


def _due(services: Services, until: int) -> Iterator[tuple[str, RemindedOf]]:
    for one in _read(services, lambda transaction: reminders.due_applications(transaction, until)):
        yield "applications", one
    for one in _read(services, lambda transaction: reminders.due_cases(transaction, until)):
        yield "cases", one


def _tell(services: Services, one: DueNotice) -> None:
    """Rule 5."""
    of = one.of
    with services.database.write() as transaction:
        if was_told(transaction, one.event, one.key):
            return
        values = {"name": _named(of), "day": last_day(of.due), "days": str(one.days)}
        concerned = Concerned(of.vendor, _contacts(transaction, one), _reviewers(transaction, one))
        tell(services, transaction, one.event, path_of(one.place, of.id), concerned, values, one.key)


def _contacts(transaction: Transaction, one: DueNotice) -> tuple[str, ...]:
    """Those of the application, where it is one."""
    row = applications.TABLE.anybodys(transaction, one.of.id) if one.place == "applications" else None
    return () if row is None else tuple(map(str, row.content.get("contacts", ())))


def _reviewers(transaction: Transaction, one: DueNotice) -> tuple[bytes, ...]:
    if one.event != "review overdue" or one.place != "applications":
        return ()
    return tuple(found.identity for found in applications.reviewers_of(transaction, one.of.id))


def _named(one: RemindedOf) -> str:
    return f"{one.number}, {one.about}" if one.number else one.about


def _tell_office(services: Services, now: int) -> None:
    """Rule 3, of the office: whatever is overdue."""
    late = [one for _, one in _due(services, now) if one.owner in _OURS]
    if not late:
        return
    day = day_of(now)
    items = [f"{_named(one)}: due on {last_day(one.due)}, {one.state}, it is the turn of: {one.owner}" for one in late]
    shown = [*items[:_MOST_ITEMS], *([f"and {len(items) - _MOST_ITEMS:,} more"] if len(items) > _MOST_ITEMS else [])]
    values = {"name": "", "day": day, "days": count_of(len(late), "thing", "things"), "items": "\n".join(shown)}
    with services.database.write() as transaction:
        if not was_told(transaction, "overdue", day):
            tell(services, transaction, "overdue", "/office/queue", Concerned(), values, day)
