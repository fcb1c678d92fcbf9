"""Pages of tests: found by a part of a name; and one of them through all runs, clouds and guidelines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from certmark.corpus.flakes import Suspect
from certmark.domain.queries.tree import OutcomeTerm, Query
from certmark.domain.verdict_values import State
from certmark.server.services import opinions, tests_over_time
from certmark.server.services.context import Services
from certmark.server.services.numbers import word_of
from certmark.server.services.opinions import OpinionsOnTest
from certmark.server.services.tests_over_time import FoundTest, HistoryOfTest
from certmark.server.web.drawing import Layer, Span, Sparkline, StackedAreas, Strip
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown
from certmark.server.web.tallies import Tally, all_of, date_of, from_to, last_months, of_cloud, tag_of

if TYPE_CHECKING:
    from certmark.corpus.flakes import FlakyTest
    from certmark.corpus.known_tests import KnownTests
    from certmark.server.services.asked_tests import AskedBy
    from certmark.server.services.described_tests import DescribedTest

_AT_ONCE = 50
_MOST_STRETCHES = 12
_MONTHS = 12
_WORDS = {
    State.PASSED: "passed",
    State.FAILED: "failed",
    State.SKIPPED: "skipped",
    State.SETUP_ERROR: "error in set-up",
    State.NOT_RUN: "unfinished",
}


class SoughtTests(msgspec.Struct, frozen=True):
    """Which tests."""

    q: str = ""
    behind: str = ""


class SoughtTestRow(msgspec.Struct, frozen=True):
    """A test in a list."""

    name: str
    uuid: str
    path: str
    guidelines: int
    passed: Tally | None
    """None: no shared run says anything of it."""
    failed: Tally | None
    share: float | None


class SoughtTestsPage(msgspec.Struct, frozen=True):
    """The list."""

    wanted: SoughtTests
    tests: list[SoughtTestRow]
    behind: str | None


def _found(services: Services, asked: PageRequest) -> Shown:
    wanted, tag = asked.query(SoughtTests), tag_of(services, asked)
    found, behind = tests_over_time.find(services, asked.asker, wanted.q, behind=wanted.behind, most=_AT_ONCE)
    known = services.history.caught_up(asked.asker).tests
    page = SoughtTestsPage(wanted, [_row(one, known) for one in found], behind)
    heads = ("test", "id", "guidelines", "passed", "failed")
    lines = (
        (one.name, one.uuid, one.guidelines, one.passed and one.passed.number, one.failed and one.failed.number)
        for one in page.tests
    )
    return Shown("results/tests.html.j2", "Tests", page, section="tests", csv=(heads, lines), tag=tag)


def _row(one: FoundTest, known: KnownTests) -> SoughtTestRow:
    rate, passed, failed, share = one.rate, None, None, None
    if rate is not None:
        share = rate.share
        word = word_of(known, rate.name, rate.uuid)
        passed, failed = (
            Tally(rate.counts[state], None if word is None else all_of(OutcomeTerm(word, state)))
            for state in (State.PASSED, State.FAILED)
        )
    return SoughtTestRow(one.name, one.uuid, f"/tests/{one.uuid or one.name}", one.guidelines, passed, failed, share)


class OneTestWanted(msgspec.Struct, frozen=True):
    """Which clouds of it."""

    only: str = ""
    """`failing`: those on which it did not pass at last; `changed`: those on which it ever changed."""
    behind: int = 0


class AskedShown(msgspec.Struct, frozen=True):
    """A capability that asks for a test."""

    guideline: str
    status: str
    capability: str
    called: str
    levels: list[tuple[str, str]]
    name: str
    flag: str
    """Why it does not count; empty: it does."""
    flagged_on: str


class Described(msgspec.Struct, frozen=True):
    """What the code of its suite says of it."""

    suite: str
    source: str
    """Where it is published; empty: nobody knows."""
    line: int
    services: list[str]
    credentials: list[str]
    calls: list[str]
    """Its own first."""
    set_up: list[str]
    skips: list[str]
    document: str
    is_inherited: bool


class CloudOfTest(msgspec.Struct, frozen=True):
    """What became of it on one cloud."""

    name: str
    path: str
    state: str
    """At last."""
    since: int
    """When that began."""
    changes: int
    counts: dict[str, Tally]
    strip: Strip
    is_cut: bool
    """Whether it changed more often than the strip shows."""


class MonthOfTest(msgspec.Struct, frozen=True):
    """What became of it in the runs of a month."""

    month: str
    counts: dict[str, Tally]
    share: float | None


class FlakyShown(msgspec.Struct, frozen=True):
    """How it flips without a change of the cloud, under one of its names."""

    name: str
    uuid: str
    flips: int
    pairs: int
    clouds: list[str]
    tried: int
    suspect: str


class ReasonShown(msgspec.Struct, frozen=True):
    """Why somebody voted so."""

    is_for: bool
    reason: str
    moment: int


class OpinionsShown(msgspec.Struct, frozen=True):
    """How people who sent runs voted."""

    number_for: int
    number_against: int
    newest: list[ReasonShown]
    own: bool | None
    """For it or against it; None: who looks did not vote."""
    may_vote: bool


class OneTestPage(msgspec.Struct, frozen=True):
    """One test."""

    name: str
    names: list[str]
    uuids: list[str]
    wanted: OneTestWanted
    about: list[str]
    """Sentences of guidelines on the capabilities that it stands for."""
    operations: list[str]
    described: Described | None
    asked: list[AskedShown]
    totals: dict[str, Tally]
    clouds_tried: int
    clouds_failing: int
    """On which it failed when it ran last."""
    doubts: list[str]
    """Why the test itself is to be looked at."""
    flaky: list[FlakyShown]
    clouds: list[CloudOfTest]
    behind: int | None
    months: list[MonthOfTest]
    plot: StackedAreas
    trend: Sparkline
    opinions: OpinionsShown


def _one(services: Services, asked: PageRequest) -> Shown:
    found = tests_over_time.show(services, asked.asker, asked.request.path_params["test"])
    thought = opinions.on_test(services, asked.asker, found)
    tag = tag_of(services, asked, thought)
    wanted, now = asked.query(OneTestWanted), services.clock()
    last = found.times.last_states()
    chosen = sorted(
        (name for name in found.times.counts if _is_wanted(found, name, last, wanted.only)), key=str.casefold
    )
    first = max(0, wanted.behind)
    months = _months(found, now)
    failing = sum(state is State.FAILED for state in last.values())
    tried = sum(state in {State.PASSED, State.FAILED} for state in last.values())
    page = OneTestPage(
        name=found.name,
        names=found.names,
        uuids=found.uuids,
        wanted=wanted,
        about=list(dict.fromkeys(one.description for one in found.asked if one.description)),
        operations=list(dict.fromkeys(word for one in found.asked for word in one.operations)),
        described=None if found.described is None else _described(found.described),
        asked=[_asked(one) for one in found.asked],
        totals=_totals(found),
        clouds_tried=tried,
        clouds_failing=failing,
        doubts=list(_doubts(found, tried, failing)),
        flaky=[_flaky(one) for one in found.flaky],
        clouds=[_cloud(found, name, now) for name in chosen[first : first + _AT_ONCE]],
        behind=first + _AT_ONCE if len(chosen) > first + _AT_ONCE else None,
        months=months,
        plot=_plot(months, now),
        trend=Sparkline("Passed, month by month", "%", tuple(_percent(one.share) for one in months)),
        opinions=_thought(thought),
    )
    heads = ("cloud", "state", "since", *(_WORDS.values()))
    lines = (
        (
            one.name,
            one.state,
            one.since,
            *(one.counts[word].number if word in one.counts else 0 for word in _WORDS.values()),
        )
        for one in page.clouds
    )
    return Shown("results/test.html.j2", found.name, page, section="tests", csv=(heads, lines), tag=tag)


def _thought(found: OpinionsOnTest) -> OpinionsShown:
    return OpinionsShown(
        number_for=found.number_for,
        number_against=found.number_against,
        newest=[ReasonShown(one.is_for, one.reason, one.moment) for one in found.newest],
        own=None if found.own is None else found.own.is_for,
        may_vote=found.may_vote,
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _is_wanted(found: HistoryOfTest, name: str, last: dict[str, State], only: str) -> bool:
    if only == "failing":
        return last[name] is not State.PASSED
    return only != "changed" or len(found.times.counts[name]) > 1


def _totals(found: HistoryOfTest) -> dict[str, Tally]:
    sizes = found.times.sizes()
    return {_WORDS[state]: Tally(sizes[state], _query(found, state)) for state in _WORDS}


def _query(found: HistoryOfTest, state: State | None, *more: Query) -> str | None:
    query = found.query(state)
    return None if query is None else all_of(*more, query)


def _doubts(found: HistoryOfTest, tried: int, failing: int) -> Iterator[str]:
    if tried > 1 and failing * 2 > tried:
        yield f"It failed at last on {failing} of the {tried} clouds that ran it: more than half."
    for one in found.flaky:
        if one.suspect is Suspect.TEST:
            yield (
                f"It flips without a change of the cloud on {len(one.clouds)} of {one.tried} clouds, "
                f"{one.flips} times in {one.pairs} pairs of runs."
            )


def _flaky(one: FlakyTest) -> FlakyShown:
    return FlakyShown(one.name, one.uuid or "", one.flips, one.pairs, list(one.clouds), one.tried, one.suspect.value)


def _cloud(found: HistoryOfTest, name: str, now: int) -> CloudOfTest:
    stretches = found.times.stretches(name)
    shown = stretches[-_MOST_STRETCHES:]
    ends = [one.first for one in shown[1:]] + [max(now, shown[-1].last + 1)]
    spans = tuple(
        Span(one.first, end, one.state.value, f"{one.runs} runs") for one, end in zip(shown, ends, strict=True)
    )
    return CloudOfTest(
        name=name,
        path=f"/clouds/{name}",
        state=stretches[-1].state.value,
        since=stretches[-1].first,
        changes=len(stretches) - 1,
        counts={
            _WORDS[state]: Tally(number, _query(found, state, of_cloud(name)))
            for state, number in found.times.counts[name].items()
        },
        strip=Strip(name, spans[0].begin, spans[-1].end, spans),
        is_cut=len(stretches) > len(shown),
    )


def _months(found: HistoryOfTest, now: int) -> list[MonthOfTest]:
    starts = last_months(now, _MONTHS)
    by_state = found.times.by_month(starts)
    months = []
    for place, (begin, end) in enumerate(pairwise(starts)):
        counts = {
            _WORDS[state]: Tally(numbers[place], _query(found, state, *from_to(begin, end)))
            for state, numbers in by_state.items()
        }
        passed, failed = counts["passed"].number, counts["failed"].number
        share = passed / (passed + failed) if passed + failed else None
        months.append(MonthOfTest(date_of(begin).isoformat()[:7], counts, share))
    return months


def _plot(months: list[MonthOfTest], now: int) -> StackedAreas:
    layers = (Layer(word, tuple(one.counts[word].number for one in months)) for word in _WORDS.values())
    used = tuple(layer for layer in layers if any(layer.values))
    return StackedAreas("What became of it, month by month", "runs", tuple(last_months(now, _MONTHS)), used)


def _asked(one: AskedBy) -> AskedShown:
    return AskedShown(
        guideline=one.guideline,
        status=one.status,
        capability=one.capability,
        called=one.called,
        levels=list(one.levels),
        name=one.name,
        flag="" if one.flag is None else one.flag.reason or "flagged",
        flagged_on="" if one.flag is None else one.flag.date,
    )


_SOURCE = re.compile(r"tempest(\.\w+){3,}", re.ASCII)


def _described(one: DescribedTest) -> Described:
    suite, _, version = one.suite.partition(" ")
    test = one.test
    is_known = suite == "tempest" and _SOURCE.fullmatch(one.name)
    return Described(
        suite=one.suite,
        source=f"https://opendev.org/openstack/tempest/src/tag/{version}/{test.file}" if is_known and test.file else "",
        line=test.line,
        services=list(test.services),
        credentials=[credential.words for credential in test.credentials],
        calls=list(test.calls),
        set_up=list(test.set_up),
        skips=list(test.skips),
        document=test.document,
        is_inherited=test.is_inherited,
    )


PAGES = (
    PageRoute("/tests", _found, forms=("json", "csv")),
    PageRoute("/tests/{test:path}", _one, forms=("json", "csv")),
)
