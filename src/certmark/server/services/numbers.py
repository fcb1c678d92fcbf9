"""Numbers over the history of shared runs; each comes with the query whose answer it counts.

1. A number is counted from the same bits as the runs for which its query holds.
2. Where no query says exactly what a number counts, there is none beside it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from certmark.corpus.answers import (
    Blocker,
    CapabilityRate,
    RateOfTest,
    StandingCounts,
)
from certmark.corpus.asking import runs_for
from certmark.corpus.bits import flags_of, size_of
from certmark.corpus.flakes import Flakes
from certmark.corpus.known_tests import KnownTests
from certmark.domain.errors import InvalidRequest
from certmark.domain.queries.reading import read_query
from certmark.domain.queries.tree import CapabilityTerm, OutcomeTerm, StatusTerm, Word, WordTerm
from certmark.domain.queries.writing import written
from certmark.domain.verdict_values import Standing
from certmark.server.services.questions import AskedQuestion

_DAY = 24 * 3600 * 10**6
MOST_POINTS = 400
"""Of a trend."""


class NumberedTest(NamedTuple):
    """How often a test came to what."""

    rate: RateOfTest
    query: str | None
    """For runs that say something of it; with `=failed` and the like behind it, for those in which it came to that."""


class NumberedCapability(NamedTuple):
    """How often a capability came to what."""

    rate: CapabilityRate
    query: str
    """With `=fail` and the like behind it for runs in which it came to that."""


def rates(asked: AskedQuestion, name: str) -> list[NumberedTest]:
    """Every test of which these runs say something, those that fail most often first; those with `name` in them."""
    part = name.casefold()
    found = [
        rate for rate in asked.found.rates_of_tests() if any(rate.counts.values()) and part in rate.name.casefold()
    ]
    found.sort(key=lambda rate: (_share_of_failures(rate), rate.name))
    return [NumberedTest(rate, _query_of_test(asked, rate)) for rate in found]


def _share_of_failures(rate: RateOfTest) -> float:
    return 1.0 if rate.share is None else rate.share - 1


def _query_of_test(asked: AskedQuestion, rate: RateOfTest) -> str | None:
    word = word_of(asked.snapshot.tests, rate.name, rate.uuid)
    return None if word is None else asked.narrowed(written(OutcomeTerm(word, None)))


def word_of(known: KnownTests, name: str, uuid: str | None) -> str | None:
    """What means this test and no other one: its name, else its id; None: nothing does."""
    for word in filter(None, (name, uuid)):
        if len(known.meant(word)) == 1:
            return word
    return None


def capability_rates(asked: AskedQuestion) -> list[NumberedCapability]:
    """Every capability of the program by which runs are judged; none where no guideline was named."""
    if asked.judge is None:
        return []
    return [
        NumberedCapability(rate, asked.narrowed(written(CapabilityTerm(rate.key, None))))
        for rate in asked.found.rates_of_capabilities()
    ]


class NumberedBlocker(NamedTuple):
    """A required test that runs do not pass."""

    blocker: Blocker
    query: str | None
    """For the runs that do not pass, and do not pass this test."""


def blockers(asked: AskedQuestion) -> list[NumberedBlocker]:
    """Those first that by themselves keep most runs from passing. Raises InvalidRequest."""
    if asked.judge is None:
        raise InvalidRequest("say by which guideline and program runs are judged: what blocks them is known by these")
    return [NumberedBlocker(one, _query_of_blocker(asked, one)) for one in asked.found.blockers()]


def _query_of_blocker(asked: AskedQuestion, blocker: Blocker) -> str | None:
    """Rule 2: a skip may be excused by the policy, a test may go by another name."""
    test = written(OutcomeTerm(blocker.test, None))
    text = asked.narrowed(f"not {test}=passed and not {written(StatusTerm(Standing.PASS))}")
    found = runs_for(read_query(text), asked.snapshot, asked.judge)
    return text if size_of(found) == blocker.among else None


def flakes(asked: AskedQuestion) -> Flakes:
    """What flips in these runs without a change of the cloud, the worst first."""
    return asked.found.flakes()


def standings(asked: AskedQuestion) -> StandingCounts:
    """What these runs came to."""
    return asked.found.counts()


def query_of_standing(asked: AskedQuestion, standing: Standing) -> str:
    """For the runs that came to `standing`; what is neither pass nor fail nor incomplete was not judged."""
    if standing in {Standing.PASS, Standing.FAIL, Standing.INCOMPLETE}:
        return asked.narrowed(written(StatusTerm(standing)))
    judged = " or ".join(written(StatusTerm(one)) for one in (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE))
    return asked.narrowed(f"not ({judged})")


class NumberedTime(NamedTuple):
    """What the runs of some days came to."""

    first: dt.date
    last: dt.date
    counts: StandingCounts
    query: str


def trend(asked: AskedQuestion, first: dt.date, last: dt.date, days: int | None) -> list[NumberedTime]:
    """From `first` to `last`, in pieces of so many days, None: of months. Raises InvalidRequest."""
    starts = list(_starts(first, last, days))
    if not 0 < len(starts) <= MOST_POINTS:
        raise InvalidRequest(f"a trend has from 1 to {MOST_POINTS} points, and this one {len(starts):,}; ask for less")
    ends = [*starts[1:], last + dt.timedelta(days=1)]
    bounds = np.array([(day - dt.date(1970, 1, 1)).days * _DAY for day in (*starts, ends[-1])], np.int64)
    places = np.searchsorted(bounds, asked.snapshot.created, side="right")
    sizes = [
        np.bincount(places[flags_of(words & asked.runs, asked.snapshot.runs)], minlength=len(starts) + 2)
        for words in asked.standings()
    ]
    return [
        NumberedTime(
            start,
            end - dt.timedelta(days=1),
            StandingCounts(*(int(size[number]) for size in sizes)),
            asked.narrowed(f"since:{start} and not since:{end}"),
        )
        for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
    ]


def _starts(first: dt.date, last: dt.date, days: int | None) -> Iterator[dt.date]:
    """Of a month its first day, but for the first one."""
    day = first
    for _ in range(MOST_POINTS + 1):
        if day > last:
            return
        yield day
        day = _next_month(day) if days is None else day + dt.timedelta(days=days)


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


class Facet(NamedTuple):
    """A word that is said of runs, and of how many of them."""

    value: str
    runs: int
    query: str


def facets(asked: AskedQuestion, word: Word, most: int) -> Sequence[Facet]:
    """The words that are said of most of these runs."""
    names = asked.snapshot.words_of(word)
    counts: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    sizes = _sizes(asked, word)
    for code in np.flatnonzero(sizes).tolist():
        if names[code] and not names[code].endswith("*"):  # a query takes that for a beginning
            folded = names[code].casefold()  # it compares words in any case
            counts[folded] += int(sizes[code])
            spelling.setdefault(folded, names[code])
    ordered = [(spelling[name], number) for name, number in counts.most_common(most)]
    return [Facet(name, number, asked.narrowed(written(WordTerm(word, name)))) for name, number in ordered]


def _sizes(asked: AskedQuestion, word: Word) -> NDArray[np.int64]:
    """How many of these runs have each word. The fewer are counted: these, or the others, of which all know the sum."""
    snapshot = asked.snapshot
    codes = snapshot.codes_of(word)
    if asked.count * 2 < snapshot.runs:
        return np.bincount(codes[flags_of(asked.runs, snapshot.runs)])
    whole: NDArray[np.int64] = snapshot.once(("sizes", word), lambda: np.bincount(codes))
    others = np.bincount(codes[~flags_of(asked.runs, snapshot.runs)], minlength=len(whole))
    found: NDArray[np.int64] = whole - others
    return found
