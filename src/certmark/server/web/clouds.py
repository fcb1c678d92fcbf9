"""Pages of clouds: all of which there are shared runs, and one of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec

from certmark.domain.verdict_values import Standing
from certmark.server import ids
from certmark.server.services import cloud_pages, clouds
from certmark.server.services.clouds import CloudFilter, CloudLine, MonthOfCloud
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.web import grids
from certmark.server.web.drawing import Point, Rule, Scatter, Span, SteppedLine, Strip
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown
from certmark.server.web.tallies import ShownRun, Tally, all_of, month_begins, of_cloud, shown_run

if TYPE_CHECKING:
    from certmark.corpus.history import RunFacts
    from certmark.server.services.cloud_pages import CloudPage
    from certmark.server.services.cloud_runs import LastRuns

_AT_ONCE = 50
STANDINGS = {standing.value: standing for standing in Standing}


class CloudsWanted(msgspec.Struct, frozen=True):
    """Which clouds."""

    q: str = ""
    vendor: str = ""
    program: str = ""
    standing: str = ""
    behind: str = ""


class CloudRow(msgspec.Struct, frozen=True):
    """A cloud in the list."""

    name: str
    path: str
    vendor: str
    product: str
    region: str
    runs: Tally
    newest: ShownRun
    programs: list[ShownRun]
    """The newest run for each program."""
    months: Strip


class CloudsPage(msgspec.Struct, frozen=True):
    """The list."""

    wanted: CloudsWanted
    clouds: list[CloudRow]
    behind: str | None
    vendors: list[str]
    programs: list[str]


def _listed(services: Services, asked: PageRequest) -> Shown:
    wanted = asked.query(CloudsWanted)
    narrow = CloudFilter(wanted.q, wanted.vendor, wanted.program, STANDINGS.get(wanted.standing))
    found = clouds.listed(services, asked.asker, narrow, behind=wanted.behind, most=_AT_ONCE)
    now = services.clock()
    rows = [_row(one, now) for one in found.clouds]
    page = CloudsPage(wanted, rows, found.behind, found.vendors, found.programs)
    heads = ("cloud", "vendor", "product", "region", "runs", "program", "standing", "run", "received")
    lines = (
        (row.name, row.vendor, row.product, row.region, row.runs.number, one.program, one.standing, one.id, one.created)
        for row in rows
        for one in row.programs or [row.newest]
    )
    return Shown("results/clouds.html.j2", "Clouds", page, section="clouds", csv=(heads, lines))


def _row(one: CloudLine, now: int) -> CloudRow:
    return CloudRow(
        name=one.name,
        path=f"/clouds/{one.name}",
        vendor=one.newest.vendor,
        product=one.newest.product,
        region=one.newest.region,
        runs=Tally(one.runs, all_of(of_cloud(one.name))),
        newest=shown_run(one.newest, now),
        programs=[shown_run(run, now) for run in one.programs],
        months=Strip(
            f"{one.name}, month by month",
            month_begins(one.months[0].month),
            month_begins(one.months[-1].month + 1),
            tuple(_spans(one.months)),
        ),
    )


def _spans(months: Iterable[MonthOfCloud]) -> Iterable[Span]:
    for one in months:
        if one.newest is not None:
            word = "not judged" if one.newest.standing is None else one.newest.standing.value
            yield Span(month_begins(one.month), month_begins(one.month + 1), word, f"{one.runs} runs")


class CloudWanted(msgspec.Struct, frozen=True):
    """By what its runs are judged in the line of conformance."""

    guideline: str = ""
    program: str = ""


class VerdictNow(msgspec.Struct, frozen=True):
    """The newest verdict under a guideline and program."""

    guideline: str
    program: str
    run: ShownRun


class FlakyOnCloud(msgspec.Struct, frozen=True):
    """A test that flips on this cloud without a change of it."""

    test: str
    uuid: str
    flips: int
    pairs: int


class CloudShown(msgspec.Struct, frozen=True):
    """One cloud."""

    name: str
    path: str
    vendor: str
    product: str
    versions: list[str]
    region: str
    suites: list[str]
    is_public: bool
    has_more: bool
    """Whether it has older runs than those that are looked at here."""
    newest: ShownRun | None
    runs: list[ShownRun]
    verdicts: list[VerdictNow]
    strips: list[Strip]
    """Of each program."""
    guideline: str
    program: str
    programs: list[str]
    line: SteppedLine | None
    durations: Scatter | None
    flaky: list[FlakyOnCloud]
    regions: list[str]
    """Other regions of the same cloud."""


def _one(services: Services, asked: PageRequest) -> Shown:
    subject = asked.request.path_params["cloud"]
    name, _, last = subject.rpartition("/")
    if last == "grid" and name:
        try:
            return grids.shown(services, asked, name)
        except NotFound:
            if "/" not in name:
                raise
    wanted = asked.query(CloudWanted)
    found = cloud_pages.show(services, asked.asker, subject, wanted.guideline, wanted.program)
    page = _page(found, services.clock())
    freshness = Freshness.PUBLIC if found.runs.is_public else Freshness.PRIVATE
    heads = ("run", "received", "program", "guideline", "standing", "version")
    lines = ((one.id, one.created, one.program, one.guideline, one.standing, one.version) for one in page.runs)
    title = " ".join(filter(None, (page.vendor, page.product))) or subject
    return Shown("results/cloud.html.j2", title, page, section="clouds", csv=(heads, lines), freshness=freshness)


def _page(found: CloudPage, now: int) -> CloudShown:
    runs = found.runs
    facts = [runs.snapshot.facts_of(place) for place in range(len(runs.rows))]
    first = facts[0] if facts else None
    return CloudShown(
        name=runs.subject,
        path=f"/clouds/{runs.subject}",
        vendor=first.vendor if first else "",
        product=first.product if first else "",
        versions=list(dict.fromkeys(one.release for one in facts if one.release)),
        region=first.region if first else "",
        suites=list(dict.fromkeys(row.suite for row in runs.rows if row.suite)),
        is_public=runs.is_public,
        has_more=runs.has_more,
        newest=shown_run(first, now) if first else None,
        runs=[shown_run(one, now) for one in facts],
        verdicts=_verdicts(facts, now),
        strips=_strips(facts, now),
        guideline=found.guideline,
        program=found.program,
        programs=found.programs,
        line=_line(found, facts, now),
        durations=_durations(runs),
        flaky=[FlakyOnCloud(one.name, one.uuid or "", one.flips, one.pairs) for one in found.flaky],
        regions=found.regions,
    )


def _verdicts(facts: list[RunFacts], now: int) -> list[VerdictNow]:
    newest: dict[tuple[str, str], RunFacts] = {}
    for one in facts:
        if one.standing is not None:
            newest.setdefault((one.guideline, one.program), one)
    ordered = sorted(sorted(newest.items(), key=lambda entry: entry[0][1]), key=lambda entry: entry[0][0], reverse=True)
    return [VerdictNow(guideline, program, shown_run(one, now)) for (guideline, program), one in ordered]


def _strips(facts: list[RunFacts], now: int) -> list[Strip]:
    """For each program what its runs came to, each until the next one."""
    found = []
    for program in sorted({one.program for one in facts if one.program}, key=str.casefold):
        own = sorted((one.created, one.standing.value) for one in facts if one.program == program and one.standing)
        spans, ends = [], [moment for moment, _ in own[1:]] + [max(now, own[-1][0] + 1)] if own else []
        for word, same in groupby(zip(own, ends, strict=True), key=lambda entry: entry[0][1]):
            stretch = list(same)
            spans.append(Span(stretch[0][0][0], stretch[-1][1], word, f"{len(stretch)} runs"))
        if spans:
            found.append(Strip(program, spans[0].begin, spans[-1].end, tuple(spans)))
    return found


def _line(found: CloudPage, facts: list[RunFacts], now: int) -> SteppedLine | None:
    cells = sorted(zip((one.created for one in facts), facts, found.cells, strict=False), key=lambda entry: entry[0])
    top = max((cell.counted for _, _, cell in cells), default=0)
    if not top:
        return None
    points = tuple(Point(moment, cell.passed, cell.standing.value) for moment, _, cell in cells)
    rules, before = [], None
    for moment, one, _ in cells:
        if one.guideline and one.guideline != before:
            rules.append(Rule(moment, one.guideline))
            before = one.guideline
    title = f"Required tests passed, by {found.guideline}, {found.program}"
    return SteppedLine(
        title, "tests passed", points[0].moment, max(now, points[-1].moment + 1), top, points, tuple(rules)
    )


def _durations(runs: LastRuns) -> Scatter | None:
    points = tuple(
        Point(row.created, round((row.ended - row.began) / 6e7, 1), f"run {ids.written(row.id)[:8]}")
        for row in reversed(runs.rows)
        if row.began is not None and row.ended is not None and row.ended > row.began
    )
    return Scatter("How long its runs took", "min", points) if len(points) > 1 else None


PAGES = (
    PageRoute("/clouds", _listed, forms=("json", "csv")),
    PageRoute("/clouds/{cloud:path}", _one, forms=("json", "csv")),
)
