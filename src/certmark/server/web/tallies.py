"""Numbers on pages, each with the query that it answers; and what several pages say of a run.

`{% import "results/tallies.html.j2" as tallies with context %}` draws them.
"""

from __future__ import annotations

import datetime as dt
from secrets import token_hex
from typing import TYPE_CHECKING

import msgspec

from certmark.domain.queries.tree import AllTerm, NotTerm, Query, SinceTerm, Word, WordTerm
from certmark.domain.queries.writing import written
from certmark.server import ids
from certmark.server.services.asked_tests import newest_of_each

if TYPE_CHECKING:
    from certmark.corpus.history import RunFacts
    from certmark.server.services.context import Services
    from certmark.server.web.requests import PageRequest

DAY = 24 * 3600 * 10**6
"""In microseconds."""
STALE_DAYS = 183
"""A newest run that is older says little of a cloud as it is."""


class Tally(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many runs; `/search` finds just those by the same query."""

    number: int
    query: str | None
    """None: no query says exactly this."""
    guideline: str = ""
    """By which runs are judged meanwhile; empty: as they were when they came."""
    program: str = ""


class ShownRun(msgspec.Struct, frozen=True, omit_defaults=True):
    """A run, where something else is looked at."""

    id: str
    created: int
    standing: str
    """Of the verdict under the guideline and program that its sender named."""
    program: str
    guideline: str
    age_days: int
    is_stale: bool = False
    version: str = ""


def shown_run(facts: RunFacts, now: int) -> ShownRun:
    """As pages show it."""
    age = max(0, now // DAY - facts.created // DAY)
    return ShownRun(
        id=ids.written(facts.id),
        created=facts.created,
        standing="" if facts.standing is None else facts.standing.value,
        program=facts.program,
        guideline=facts.guideline,
        age_days=age,
        is_stale=age > STALE_DAYS,
        version=facts.release,
    )


def tag_of(services: Services, asked: PageRequest, *more: object) -> str:
    """Of a page that changes with the shared runs, the guidelines, the day and `more`. Raises Known or NotPermitted."""
    snapshot = services.history.caught_up(asked.asker)
    state = snapshot.once(tag_of, lambda: token_hex(8))
    digests = [one.digest for one in newest_of_each(services)]
    return asked.unless_known(state, digests, date_of(services.clock()).isoformat(), *more)


def all_of(*parts: Query | None) -> str:
    """The text of a query for which all of these hold."""
    found = tuple(part for part in parts if part is not None)
    return written(found[0] if len(found) == 1 else AllTerm(found))


def of_cloud(name: str) -> WordTerm:
    """The runs of a cloud."""
    return WordTerm(Word.CLOUD, name)


def from_to(begin: int, end: int) -> tuple[Query, Query]:
    """What was received from the beginning of one day to that of another."""
    return SinceTerm(date_of(begin)), NotTerm(SinceTerm(date_of(end)))


def date_of(moment: int) -> dt.date:
    """The day of a moment, UTC."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=moment // DAY)


def month_begins(month: int) -> int:
    """The first moment of a month counted from January 1970."""
    return (dt.date(1970 + month // 12, month % 12 + 1, 1) - dt.date(1970, 1, 1)).days * DAY


def last_months(now: int, number: int) -> list[int]:
    """The first moments of so many months up to the one of `now`, and of the one behind it."""
    today = date_of(now)
    last = (today.year - 1970) * 12 + today.month - 1
    return [month_begins(month) for month in range(last - number + 1, last + 2)]
