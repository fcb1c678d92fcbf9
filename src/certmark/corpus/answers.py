"""What is asked of the whole history; each answer is worked out from the same bits as its drill-down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from certmark.corpus.bits import Indices, Words, all_of, none_of, of_flags, size_of, sizes_of
from certmark.corpus.history import Part, Snapshot
from certmark.corpus.judging import Judge, JudgedPart, Standings
from certmark.corpus.segments import PAGE, RUNS, STATES, WORDS, PageKey
from certmark.domain.guidelines import Level
from certmark.domain.verdict_values import Standing, State


@dataclass(frozen=True, slots=True)
class StandingCounts:
    """How many runs came to what."""

    passed: int
    failed: int
    incomplete: int
    not_judged: int

    @property
    def runs(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.incomplete + self.not_judged


@dataclass(frozen=True, slots=True)
class RateOfTest:
    """How often a test came to what; runs that say nothing of it are counted as such."""

    name: str
    uuid: str | None
    counts: dict[State, int]
    """`NOT_RUN`: it began and nothing more was heard of it."""
    untold: int
    """Runs that say nothing of it."""

    @property
    def share(self) -> float | None:
        """Of the runs in which it passed or failed, those in which it passed; None: there are none."""
        passed, failed = self.counts[State.PASSED], self.counts[State.FAILED]
        return passed / (passed + failed) if passed + failed else None


@dataclass(frozen=True, slots=True)
class CapabilityRate:
    """How often a capability came to what."""

    key: str
    level: Level
    counts: StandingCounts


@dataclass(frozen=True, slots=True)
class Blocker:
    """A required test that runs do not pass."""

    test: str
    alone: int
    """Runs that would pass but for this test."""
    among: int
    """Runs that do not pass, and do not pass this test."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What the runs of some days came to."""

    first: dt.date
    counts: StandingCounts


@dataclass(frozen=True)
class WhatIf:
    """What another guideline would change."""

    before: StandingCounts
    after: StandingCounts
    breaking: Words
    """Runs that pass now, and would not."""
    newly_passing: Words
    """Runs that do not pass now, and would."""


def counted(standings: Standings, within: Words) -> StandingCounts:
    """How many of these runs came to what."""
    return StandingCounts(*(size_of(words & within) for words in standings))


def who_passes(judge: Judge, within: Words | None = None) -> StandingCounts:
    """How many runs come to what under a guideline or a draft of one; `judge.standings()` has which."""
    return counted(judge.standings(), _within(judge.snapshot, within))


def recorded(snapshot: Snapshot, within: Words | None = None) -> StandingCounts:
    """How many runs have which verdict of their own: what was found when each came."""
    chosen = _within(snapshot, within)
    counts = {standing: size_of(snapshot.with_standing(standing) & chosen) for standing in Standing}
    judged = (counts[Standing.PASS], counts[Standing.FAIL], counts[Standing.INCOMPLETE])
    return StandingCounts(*judged, size_of(chosen) - sum(judged))


def rates_of_tests(snapshot: Snapshot, within: Words | None = None) -> list[RateOfTest]:
    """How often every known test came to what."""
    chosen = _within(snapshot, within)
    pages = -(-len(snapshot.tests) // PAGE)
    counts = {state: np.zeros(pages * PAGE, np.int64) for state in STATES}
    for part in snapshot.parts(chosen):
        for state, number in part.segment.page_keys():
            if number < pages:
                counts[state][number * PAGE : (number + 1) * PAGE] += _sizes(part, (state, number))
    runs = size_of(chosen)
    told = np.add.reduce(list(counts.values()))
    return [
        RateOfTest(name, uuid, {state: int(counts[state][column]) for state in STATES}, runs - int(told[column]))
        for column, (name, uuid) in enumerate(list(snapshot.tests.keys))
    ]


def _sizes(part: Part, key: PageKey) -> Indices:
    """How many of the part's runs are in each column; of all runs of a full segment less those that are not asked."""
    lacking = all_of(part.runs) & ~part.within
    places = np.flatnonzero(lacking)
    is_whole = part.runs == RUNS  # nobody adds to it any more
    if is_whole and not len(places):
        return part.segment.sizes(key)
    page = part.segment.page(key)
    assert page is not None  # noqa: S101 - it says something
    if is_whole and len(places) <= WORDS // 4:
        found: Indices = part.segment.sizes(key) - sizes_of(page[:, places] & lacking[places])
        return found
    return sizes_of(page[:, : part.words] & part.within)


def rates_of_capabilities(judge: Judge, within: Words | None = None) -> list[CapabilityRate]:
    """How often every capability of a program came to what."""
    chosen = _within(judge.snapshot, within)
    totals = [np.zeros(4, np.int64) for _ in judge.plan.capabilities]
    for part in judge.parts(chosen):
        for total, plan in zip(totals, judge.plan.capabilities, strict=True):
            total += [size_of(words & part.part.within) for words in part.capability(plan)]
    return [
        CapabilityRate(plan.key, plan.level, StandingCounts(*map(int, total)))
        for plan, total in zip(judge.plan.capabilities, totals, strict=True)
    ]


def blockers(judge: Judge, within: Words | None = None) -> list[Blocker]:
    """The required tests that keep most runs from passing, those first that do it alone.

    Of a group of which one is enough, every test blocks.
    """
    singles = list(dict.fromkeys(place for plan in judge.plan.required for place in plan.singles))
    groups = [(plan, group) for plan in judge.plan.required for group in plan.groups]
    alone, among = np.zeros((2, len(judge.plan.tests)), np.int64)
    for part in judge.parts(within):
        blocked: list[tuple[tuple[int, ...], Words]] = [((place,), _blocked(part, place)) for place in singles]
        for plan, group in groups:
            kinds = part.group(plan, group)
            if kinds is not None:
                ignored = none_of(part.part.words << 6) if kinds.ignored is None else kinds.ignored & ~kinds.failed
                blocked.append((group, part.part.within & ~(kinds.passed | ignored)))
        once, often = none_of(part.part.words << 6), none_of(part.part.words << 6)
        for _, words in blocked:
            often |= once & words
            once |= words
        once &= ~often
        for places, words in blocked:
            for place in places:
                alone[place] += size_of(words & once)
                among[place] += size_of(words)
    found = [
        Blocker(asked.test.name, int(alone[place]), int(among[place]))
        for place, asked in enumerate(judge.plan.tests)
        if among[place]
    ]
    return sorted(found, key=lambda one: (-one.alone, -one.among, one.test))


def _blocked(part: JudgedPart, place: int) -> Words:
    kinds = part.kinds(place)
    fine = kinds.passed if kinds.ignored is None else kinds.passed | kinds.ignored
    return part.part.within & ~fine


_DAY = 24 * 3600 * 10**6


def trend(judge: Judge, starts: Sequence[dt.date], within: Words | None = None) -> list[TrendPoint]:
    """What the runs came to that were received from each of `starts` to the next; from the last one to the end."""
    chosen, standings = _within(judge.snapshot, within), judge.standings()
    return [TrendPoint(first, counted(standings, chosen & runs)) for first, runs in _buckets(judge.snapshot, starts)]


def _buckets(snapshot: Snapshot, starts: Sequence[dt.date]) -> Iterator[tuple[dt.date, Words]]:
    bounds = [(day - dt.date(1970, 1, 1)).days * _DAY for day in starts]
    places = np.searchsorted(np.array(bounds, np.int64), snapshot.created, side="right")
    for number, day in enumerate(starts, 1):
        yield day, of_flags(places == number)


def trend_by_month(judge: Judge, months: int, until: dt.date, within: Words | None = None) -> list[TrendPoint]:
    """What the runs of each of the last `months` months came to; the last one is that of `until`."""
    last = until.year * 12 + until.month - 1
    starts = [dt.date(month // 12, month % 12 + 1, 1) for month in range(last - months + 1, last + 2)]
    return trend(judge, starts, within)[:-1]


def what_if(before: Judge, after: Judge, within: Words | None = None) -> WhatIf:
    """What changes where runs are judged by `after`; both look at one snapshot."""
    chosen = _within(before.snapshot, within)
    now, then = before.standings(), after.standings()
    return WhatIf(
        before=counted(now, chosen),
        after=counted(then, chosen),
        breaking=now.passed & ~then.passed & chosen,
        newly_passing=then.passed & ~now.passed & chosen,
    )


def _within(snapshot: Snapshot, within: Words | None) -> Words:
    return snapshot.everything if within is None else within & snapshot.everything
