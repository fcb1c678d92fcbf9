"""Statistics: what a programme looks at before it changes a guideline; each table also by itself, and as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from certmark.domain.queries.tree import SinceTerm, StatusTerm, TagTerm, Word, WordTerm
from certmark.domain.queries.writing import written
from certmark.domain.verdict_values import Standing, State
from certmark.server.services import asked_tests, numbers, questions, statistics, tests_over_time
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.questions import AskedQuestion, Question
from certmark.server.services.yardsticks import yardstick_named
from certmark.server.web.drawing import Layer, StackedAreas
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown
from certmark.server.web.tallies import Tally, all_of, date_of, from_to, last_months, tag_of

if TYPE_CHECKING:
    from certmark.server.services.statistics import RateOnClouds

_SHORT, _LONG = 10, 500
"""Rows of a table among others, and by itself."""


class StatisticsWanted(msgspec.Struct, frozen=True):
    """Of which runs."""

    guideline: str = ""
    program: str = ""
    months: int = 12


class StatisticsTable(msgspec.Struct, frozen=True):
    """One of them. A cell is a text, a number of its own, or a number of runs with its query."""

    key: str
    title: str
    about: str
    heads: list[str]
    rows: list[list[str | int | Tally | None]]
    links: list[str]
    """Where the first cell of each row leads; empty: nowhere."""
    total: int
    """Rows that there are; the page has the first ones."""
    plot: StackedAreas | None = None


class StatisticsPage(msgspec.Struct, frozen=True):
    """All of them, or one."""

    wanted: StatisticsWanted
    part: str
    """Empty: all."""
    guideline: str
    program: str
    guidelines: list[str]
    programs: list[str]
    since: str
    runs: Tally
    tables: list[StatisticsTable]
    others: list[str]
    """Parts that stand by themselves only: they take longer."""


class _Basis(NamedTuple):
    """What every table is made of."""

    asked: AskedQuestion
    starts: list[int]
    """The first moments of months, and the end."""
    today: str

    @property
    def judged(self) -> Mapping[str, str]:
        """By what runs are judged, for a Tally."""
        assert self.asked.judge is not None  # noqa: S101 - the question named a guideline
        yardstick = self.asked.judge.plan.yardstick
        return {"guideline": yardstick.guideline.id, "program": yardstick.program.name}

    def tally(self, number: int, query: str | None) -> Tally:
        return Tally(number, query, **self.judged)


Row = list[str | int | Tally | None]
_Maker = Callable[[_Basis], StatisticsTable]


def _shown(services: Services, asked: PageRequest) -> Shown:
    part = asked.request.path_params.get("part", "")
    if part and part not in _MAKERS:
        raise NotFound(f"there are no statistics {part[:40]!r}; there are {', '.join(_MAKERS)}")
    wanted, tag = asked.query(StatisticsWanted), tag_of(services, asked)
    starts = last_months(services.clock(), min(max(wanted.months, 1), 60))
    revision, yardstick = yardstick_named(services, wanted.guideline, wanted.program)
    since = written(SinceTerm(date_of(starts[0])))
    question = Question(since, revision.id, yardstick.program.name)
    found = questions.ask(services, asked.asker, question)
    basis = _Basis(found, starts, date_of(services.clock()).isoformat())
    tables = [
        found.snapshot.once((key, question, tuple(starts)), lambda make=make: make(basis))  # type: ignore[misc]  # bound at once
        for key, make in _MAKERS.items()
        if (key == part if part else key != "flakes")
    ]
    page = StatisticsPage(
        wanted=wanted,
        part=part,
        guideline=revision.id,
        program=yardstick.program.name,
        guidelines=[one.id for one in asked_tests.newest_of_each(services)],
        programs=[one.name for one in yardstick.guideline.programs],
        since=date_of(starts[0]).isoformat(),
        runs=basis.tally(found.count, found.text),
        tables=[_cut(table, _LONG if part else _SHORT) for table in tables],
        others=[] if part else ["flakes"],
    )
    csv = _csv(tables[0]) if part else None
    title = tables[0].title if part else "Statistics"
    return Shown("results/statistics.html.j2", title, page, section="statistics", csv=csv, tag=tag)


def _cut(table: StatisticsTable, most: int) -> StatisticsTable:
    return msgspec.structs.replace(table, rows=table.rows[:most], links=table.links[:most])


def _csv(table: StatisticsTable) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    return table.heads, ([cell.number if isinstance(cell, Tally) else cell for cell in row] for row in table.rows)


def _table(
    key: str,
    title: str,
    about: str,
    heads: list[str],
    rows: Iterable[tuple[str, Row]],
    plot: StackedAreas | None = None,
) -> StatisticsTable:
    """`rows`: where the first cell leads, and the cells."""
    found = list(rows)
    return StatisticsTable(
        key, title, about, heads, [row for _, row in found], [link for link, _ in found], len(found), plot
    )


def _outcomes(basis: _Basis) -> StatisticsTable:
    first, last = date_of(basis.starts[0]), date_of(basis.starts[-1] - 1)
    points = numbers.trend(basis.asked, first, last, None)
    words = {Standing.PASS: "passed", Standing.FAIL: "failed", Standing.INCOMPLETE: "incomplete"}
    rows: list[tuple[str, Row]] = [
        (
            "",
            [
                one.first.isoformat()[:7],
                *(
                    basis.tally(getattr(one.counts, field), _and(one.query, StatusTerm(standing)))
                    for standing, field in words.items()
                ),
                basis.tally(one.counts.runs, one.query),
            ],
        )
        for one in points
    ]
    layers = tuple(
        Layer(standing.value, tuple(getattr(one.counts, field) for one in points)) for standing, field in words.items()
    )
    plot = StackedAreas("Runs, month by month", "runs", tuple(basis.starts), layers)
    about = "What the runs of each month come to under this program, whatever they were sent for."
    return _table("outcomes", "Runs by month", about, ["Month", "Pass", "Fail", "Incomplete", "All"], rows[::-1], plot)


def _and(text: str, term: StatusTerm) -> str:
    return f"{text} and {written(term)}"


def _adoption(basis: _Basis) -> StatisticsTable:
    found = statistics.adoption(basis.asked.snapshot, basis.starts)
    months = [date_of(start).isoformat()[:7] for start in basis.starts[:-1]]
    rows: list[tuple[str, Row]] = [
        (
            f"/guidelines/{one.guideline}",
            [
                one.guideline,
                *(
                    Tally(number, all_of(WordTerm(Word.GUIDELINE, one.guideline), *from_to(begin, end)))
                    for number, begin, end in zip(one.runs, basis.starts, basis.starts[1:], strict=False)
                ),
            ],
        )
        for one in found
    ]
    about = "For which guideline the senders of runs asked for a verdict, month by month."
    return _table("adoption", "Adoption of guidelines", about, ["Guideline", *months], rows)


def _rate_rows(basis: _Basis, found: Iterable[RateOnClouds]) -> Iterable[tuple[str, Row]]:
    for one in found:
        rate, query = one.test.rate, one.test.query
        counts: list[Tally] = [
            basis.tally(rate.counts[state], None if query is None else f"{query}={word}")
            for state, word in ((State.PASSED, "passed"), (State.FAILED, "failed"), (State.SKIPPED, "skipped"))
        ]
        share = "" if rate.share is None else f"{100 * rate.share:.0f} %"
        yield f"/tests/{rate.uuid or rate.name}", [rate.name, share, *counts, one.clouds]


_OF_RATES = ["Test", "Passed of those that ran", "Passed", "Failed", "Skipped", "Clouds"]


def _failing(basis: _Basis) -> StatisticsTable:
    about = "Required tests that fail in more than half of the runs in which they ran: look at the test first."
    rows = _rate_rows(basis, statistics.usage(basis.asked).failing)
    return _table("failing", "Tests that fail in more than half", about, _OF_RATES, rows)


def _candidates(basis: _Basis) -> StatisticsTable:
    about = "Tests that this program does not require, and that pass in more than 80 % on at least three clouds."
    rows = _rate_rows(basis, statistics.usage(basis.asked).candidates)
    return _table("candidates", "Candidates", about, _OF_RATES, rows)


def _capabilities(basis: _Basis) -> StatisticsTable:
    rows: list[tuple[str, Row]] = [
        (
            f"/capabilities/{one.rate.key}",
            [
                one.rate.key,
                one.rate.level.value,
                basis.tally(one.rate.counts.passed, f"{one.query}=pass"),
                basis.tally(one.rate.counts.failed, f"{one.query}=fail"),
                basis.tally(one.rate.counts.incomplete, f"{one.query}=incomplete"),
            ],
        )
        for one in numbers.capability_rates(basis.asked)
    ]
    about = "What each capability comes to in these runs."
    heads = ["Capability", "Level", "Pass", "Fail", "Incomplete"]
    return _table("capabilities", "Capabilities", about, heads, rows)


def _empty(basis: _Basis) -> StatisticsTable:
    found = statistics.without_tests(_guideline(basis))
    about = "Capabilities of the guideline of which no test counts: nothing shows that a cloud has them."
    rows: list[tuple[str, Row]] = [(f"/capabilities/{key}", [key, why]) for key, why in found]
    return _table("untested", "Capabilities without tests", about, ["Capability", "Why"], rows)


def _flags(basis: _Basis) -> StatisticsTable:
    rows: list[tuple[str, Row]] = [
        (f"/tests/{one.test}", [one.test, one.capability, one.day, one.flag.reason])
        for one in statistics.flags(_guideline(basis))
    ]
    about = "Tests of the guideline that do not count, the oldest flags first."
    return _table("flags", "Flags", about, ["Test", "Capability", "Since", "Why"], rows)


def _guideline(basis: _Basis) -> Any:
    assert basis.asked.judge is not None  # noqa: S101 - the question named a guideline
    return basis.asked.judge.plan.yardstick.guideline


def _blockers(basis: _Basis) -> StatisticsTable:
    rows: list[tuple[str, Row]] = [
        (f"/tests/{one.blocker.test}", [one.blocker.test, basis.tally(one.blocker.among, one.query), one.blocker.alone])
        for one in numbers.blockers(basis.asked)
    ]
    about = "Required tests that keep runs from passing, those first that do it by themselves."
    heads = ["Test", "Runs that pass neither it nor the program", "Would pass but for it"]
    return _table("blockers", "What blocks", about, heads, rows)


def _flakes(basis: _Basis) -> StatisticsTable:
    found = tests_over_time.flakes_of(basis.asked.snapshot)
    rows: list[tuple[str, Row]] = [
        (
            f"/tests/{one.uuid or one.name}",
            [one.name, one.flips, one.pairs, len(one.clouds), one.tried, one.suspect.value],
        )
        for one in found.tests
    ]
    about = "Tests that flip between passed and failed from one run of a cloud to the next, of all time."
    heads = ["Test", "Flips", "In pairs of runs", "On clouds", "Of clouds", "Look at"]
    return _table("flakes", "What flips", about, heads, rows)


def _tags(basis: _Basis) -> StatisticsTable:
    rows: list[tuple[str, Row]] = []
    for one in statistics.tags(basis.asked.snapshot):
        if one.word is None:
            rows.append(("", [one.key, "words of fewer than three clouds", one.runs, None, one.passed]))
            continue
        term = TagTerm(one.key, one.word)
        passed = Tally(one.passed, all_of(term, StatusTerm(Standing.PASS)))
        rows.append(("", [one.key, one.word, Tally(one.runs, all_of(term)), one.clouds, passed]))
    about = "What senders say of their clouds, who need not; of all time, by the verdicts with which runs came."
    return _table("tags", "Tags", about, ["Tag", "Word", "Runs", "Clouds", "Passed"], rows)


_MAKERS: dict[str, _Maker] = {
    "outcomes": _outcomes,
    "failing": _failing,
    "blockers": _blockers,
    "flakes": _flakes,
    "capabilities": _capabilities,
    "candidates": _candidates,
    "untested": _empty,
    "flags": _flags,
    "adoption": _adoption,
    "tags": _tags,
}
PAGES = (
    PageRoute("/statistics", _shown, forms=("json",)),
    PageRoute("/statistics/{part}", _shown, forms=("json", "csv")),
)
