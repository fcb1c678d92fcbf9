"""The periodic report of a programme: what was tested in a time, how tests and capabilities fared, and what is due.

1. A period is a year, a quarter or a month, in UTC; runs count by when they were received.
2. Judged is by the guidelines in force now. A required test is at risk where fewer than half of the runs in which it
   passed or failed passed it; another one is a candidate where more than four of five did. Of fewer than three such
   runs nothing is said.
3. Tests that nothing in force requires are candidates whether a guideline names them or not.
4. Every number has the query whose answer it counts; where no query says exactly that, it has none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from certmark.corpus.yardsticks import NotOverTheHistory
from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.programs import asked_at, demand_of
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import State
from certmark.server.services import library, numbers, programmes, questions
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted
from certmark.server.services.library import Library
from certmark.server.services.moments import moment_of
from certmark.server.services.numbers import NumberedTest
from certmark.server.services.questions import AskedQuestion, Question
from certmark.server.store.guidelines import Revision
from certmark.server.web.guidelines.figures import history_tag
from certmark.server.web.guidelines.guideline import AgedFlags, PageLink, flags_of
from certmark.server.web.guidelines.opened import capability_place, cut, day_of, maker_of, shelf_tag
from certmark.server.web.guidelines.places import guideline_path, program_words
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

AT_RISK, CANDIDATE, FEWEST_RUNS = 0.5, 0.8, 3
_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})))?\Z")
_FIRST_YEAR = 2010
_MOST_TESTS, _MOST_PROGRAMS, _MOST_CAPABILITIES, _MOST_ADOPTED = 200, 8, 400, 30


class ReportPeriod(NamedTuple):
    """A time of which there is a report."""

    word: str
    first: dt.date
    end: dt.date
    """The day after its last one."""

    @property
    def query(self) -> str:
        """For the runs that were received in it."""
        return f"since:{self.first} and not since:{self.end}"


def period_of(word: str) -> ReportPeriod:
    """Rule 1. Raises InvalidRequest."""
    match = _PERIOD.match(word)
    if match is None or int(match[1]) < _FIRST_YEAR or (match[3] and not 1 <= int(match[3]) <= 12):
        raise InvalidRequest(f"{word[:40]!r} is no period; one is written 2026, 2026-Q3 or 2026-11")
    first, months = 1, 12
    if match[2] or match[3]:
        first, months = (int(match[2]) * 3 - 2, 3) if match[2] else (int(match[3]), 1)
    year, last = int(match[1]), first + months
    return ReportPeriod(word, dt.date(year, first, 1), dt.date(year + (last > 12), (last - 1) % 12 + 1, 1))


class FiguresOfTest(msgspec.Struct, frozen=True, kw_only=True):
    """How one test fared."""

    test: str
    id: str
    program: str
    """That requires it; of a candidate: the capability that names it, if one does."""
    passed: int
    failed: int
    share: float | None
    query: str | None
    """For runs that say something of it; `=passed` or `=failed` may stand behind it."""


class CapabilityShare(msgspec.Struct, frozen=True, kw_only=True):
    """How one capability fared."""

    capability: str
    path: str
    level: str
    tests: int
    passed: int
    failed: int
    incomplete: int
    share: float | None
    query: str
    """`=pass` and the like may stand behind it."""


class ReportedProgram(msgspec.Struct, frozen=True, kw_only=True):
    """How a program fared."""

    name: str
    path: str
    guideline: PageLink
    named: str
    """As `guideline=` of the search."""
    capabilities: tuple[CapabilityShare, ...]
    at_risk: tuple[FiguresOfTest, ...]
    untested: tuple[str, ...]
    """Required capabilities without a test that counts."""


class AdoptedGuideline(msgspec.Struct, frozen=True, kw_only=True):
    """For how many runs a guideline was asked."""

    guideline: str
    runs: int
    query: str


class GuidelineFlags(msgspec.Struct, frozen=True, kw_only=True):
    """The flags of a guideline in force."""

    guideline: PageLink
    flags: tuple[AgedFlags, ...]


class ReportData(msgspec.Struct, frozen=True, kw_only=True):
    """The report."""

    programme: PageLink
    period: str
    first: str
    last: str
    is_over: bool
    others: tuple[PageLink, ...]
    """The periods before and after."""
    runs: int
    query: str
    programs: tuple[ReportedProgram, ...]
    candidates: tuple[FiguresOfTest, ...]
    flags: tuple[GuidelineFlags, ...]
    adoption: tuple[AdoptedGuideline, ...]
    problem: str
    """Why there are no numbers; empty: there are."""


class _ProgramInForce(NamedTuple):
    guideline: Guideline
    program: Program
    named: str
    path: str


def report(services: Services, asked: PageRequest) -> Shown:
    """The page."""
    programme = programmes.programme_named(services, asked.request.path_params["programme"])
    period = period_of(asked.request.path_params["period"])
    revisions = tuple(library.every_revision(services))
    today = day_of(services)
    tag = asked.unless_known(shelf_tag(revisions), today.isoformat(), *history_tag(services, asked))
    around = library.library_with(services, revisions)
    families = programmes.families_of(services, around, programme)
    current = [programmes.in_force(one.guidelines) for one in families]
    try:
        question: AskedQuestion | None = questions.ask(services, asked.asker, Question(period.query))
    except NotPermitted:
        question = None
    rates = [] if question is None else numbers.rates(question, "")
    required = list(_in_force(around, current))
    data = ReportData(
        programme=PageLink(programme.name, f"/programmes/{programme.word}"),
        period=period.word,
        first=period.first.isoformat(),
        last=(period.end - dt.timedelta(days=1)).isoformat(),
        is_over=period.end <= today,
        others=tuple(_others(programme.word, period, _years_of(question, today))),
        runs=0 if question is None else question.count,
        query=period.query,
        programs=tuple(_program(services, asked, one, period, rates) for one in required),
        candidates=tuple(_candidates(required, current, rates)),
        flags=tuple(_flags(around, revisions, current, today)),
        adoption=() if question is None else tuple(_adoption(question)),
        problem="shared runs are not shown to whoever asks" if question is None else "",
    )
    return Shown(
        "guidelines/report.html.j2",
        f"{programme.name}: report {period.word}",
        data,
        section="guidelines",
        csv=(_COLUMNS, _rows(data)),
        tag=tag,
    )


def _in_force(around: Library, current: Iterable[Guideline]) -> Iterator[_ProgramInForce]:
    room = _MOST_PROGRAMS
    for guideline in current:
        revision = around.revision(guideline)
        path = guideline_path(revision, is_newest=True)
        for word, program in list(program_words(guideline).items())[:room]:
            room -= 1
            yield _ProgramInForce(guideline, program, revision.id, f"{path}/{word}")


def _program(
    services: Services, asked: PageRequest, one: _ProgramInForce, period: ReportPeriod, rates: Sequence[NumberedTest]
) -> ReportedProgram:
    required = [part for part in demand_of(one.guideline, one.program).capabilities if part.level is Level.REQUIRED]
    known = _by_test(rates)
    tests = asked_at(one.guideline, one.program, (Level.REQUIRED,), flagged=False)
    figures = [_test(known, test.name, test.uuid, cut(one.program.name, 200)) for test in tests]
    at_risk = [found for found in figures if _is_told(found) and (found.share or 0) < AT_RISK]
    at_risk.sort(key=lambda found: (found.share or 0, -found.failed, found.test))
    return ReportedProgram(
        name=cut(one.program.name, 200),
        path=one.path,
        guideline=PageLink(cut(one.guideline.id, 100), one.path.rpartition("/")[0]),
        named=one.named,
        capabilities=tuple(_capabilities(services, asked, one, period)),
        at_risk=tuple(at_risk[:_MOST_TESTS]),
        untested=tuple(
            cut(part.key, 200)
            for part in required
            if part.capability is None or all(test.flag is not None for test in part.capability.tests)
        ),
    )


def _capabilities(
    services: Services, asked: PageRequest, one: _ProgramInForce, period: ReportPeriod
) -> Iterator[CapabilityShare]:
    try:
        question = questions.ask(services, asked.asker, Question(period.query, one.named, one.program.name))
    except (NotPermitted, NotOverTheHistory, InvalidInput):
        return
    sizes = {key: len(capability.tests) for key, capability in one.guideline.capabilities.items()}
    for found in numbers.capability_rates(question)[:_MOST_CAPABILITIES]:
        counts = found.rate.counts
        judged = counts.passed + counts.failed
        yield CapabilityShare(
            capability=cut(found.rate.key, 200),
            path=capability_place(one.guideline, one.path.rpartition("/")[0], found.rate.key),
            level=found.rate.level.value,
            tests=sizes.get(found.rate.key, 0),
            passed=counts.passed,
            failed=counts.failed,
            incomplete=counts.incomplete,
            share=round(counts.passed / judged, 4) if judged else None,
            query=found.query,
        )


def _by_test(rates: Iterable[NumberedTest]) -> dict[str, NumberedTest]:
    """By its id, and by its name."""
    found: dict[str, NumberedTest] = {}
    for one in rates:
        found.setdefault(one.rate.name, one)
        if one.rate.uuid is not None:
            found.setdefault(one.rate.uuid, one)
    return found


def _test(known: Mapping[str, NumberedTest], name: str, uuid: str | None, program: str) -> FiguresOfTest:
    one = known.get(name) or known.get(uuid or "")
    passed = failed = 0
    if one is not None:
        passed, failed = one.rate.counts[State.PASSED], one.rate.counts[State.FAILED]
    return FiguresOfTest(
        test=cut(name, 500),
        id=uuid or "",
        program=program,
        passed=passed,
        failed=failed,
        share=round(passed / (passed + failed), 4) if passed + failed else None,
        query=None if one is None else one.query,
    )


def _is_told(found: FiguresOfTest) -> bool:
    """Rule 2."""
    return found.passed + found.failed >= FEWEST_RUNS


def _candidates(
    required: Iterable[_ProgramInForce], current: Iterable[Guideline], rates: Sequence[NumberedTest]
) -> Iterator[FiguresOfTest]:
    """Rule 3."""
    known = _by_test(rates)
    taken = {
        word
        for one in required
        for test in asked_at(one.guideline, one.program, (Level.REQUIRED,), flagged=True)
        for word in (test.name, test.uuid, *test.aliases)
    }
    homes = {
        word: key
        for guideline in current
        for key, capability in guideline.capabilities.items()
        for test in capability.tests
        for word in filter(None, (test.name, test.uuid))
    }
    free = [one.rate for one in rates if not {one.rate.name, one.rate.uuid or one.rate.name} & taken]
    found = [
        _test(known, one.name, one.uuid, cut(homes.get(one.uuid or "", homes.get(one.name, "")), 200)) for one in free
    ]
    wanted = [one for one in found if _is_told(one) and (one.share or 0) > CANDIDATE]
    wanted.sort(key=lambda one: (-(one.share or 0), -one.passed, one.test))
    yield from wanted[:_MOST_TESTS]


def _flags(
    around: Library, revisions: tuple[Revision, ...], current: Iterable[Guideline], today: dt.date
) -> Iterator[GuidelineFlags]:
    maker = maker_of(around, revisions)
    for guideline in current:
        flags = tuple(flags_of(maker, guideline, today))
        if flags:
            places = maker.places
            yield GuidelineFlags(guideline=PageLink(places.title(guideline), places.guideline(guideline)), flags=flags)


def _adoption(question: AskedQuestion) -> Iterator[AdoptedGuideline]:
    for one in numbers.facets(question, Word.GUIDELINE, _MOST_ADOPTED):
        yield AdoptedGuideline(guideline=cut(one.value, 100), runs=one.runs, query=one.query)


def _years_of(question: AskedQuestion | None, today: dt.date) -> tuple[dt.date, dt.date]:
    """From the day of the first shared run, else today, until today."""
    created = [] if question is None else question.snapshot.created[:1].tolist()
    return (moment_of(created[0]).date() if created else today), today


def _others(word: str, period: ReportPeriod, days: tuple[dt.date, dt.date]) -> Iterator[PageLink]:
    """The period before it, and the one after it, where there may be runs in it."""
    months = (period.end.year - period.first.year) * 12 + period.end.month - period.first.month
    for day in (period.first - dt.timedelta(days=1), period.end):
        said = {12: f"{day.year}", 3: f"{day.year}-Q{(day.month + 2) // 3}"}.get(months, f"{day.year}-{day.month:02}")
        if days[0] <= day <= days[1]:
            yield PageLink(said, f"/programmes/{word}/reports/{said}")


_COLUMNS = ("what", "guideline", "program", "name", "level", "passed", "failed", "incomplete", "share", "query")


def _rows(data: ReportData) -> Iterator[tuple[object, ...]]:
    for program in data.programs:
        head = (program.guideline.title, program.name)
        for one in program.capabilities:
            numbers_of = (one.passed, one.failed, one.incomplete, one.share, one.query)
            yield ("capability", *head, one.capability, one.level, *numbers_of)
        for risk in program.at_risk:
            yield ("test at risk", *head, risk.test, "required", risk.passed, risk.failed, None, risk.share, risk.query)
    for test in data.candidates:
        head = ("", test.program)
        yield ("candidate", *head, test.test, "", test.passed, test.failed, None, test.share, test.query)
    for adopted in data.adoption:
        yield ("guideline", adopted.guideline, "", "", "", adopted.runs, None, None, None, adopted.query)


PAGES = (PageRoute("/programmes/{programme}/reports/{period}", report, forms=("json", "csv")),)
