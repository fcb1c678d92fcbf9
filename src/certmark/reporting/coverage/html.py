"""A coverage as one HTML file: charts that hatch what they colour, tables, every test; nothing loaded.

All of it can be read without its script (search, order).

It shares the report's style sheet. Foreign text is escaped by the template engine, after what does
not print was taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from certmark.domain.coverage import accounts_of
from certmark.domain.covered_tests import (
    Coverage,
    CoverageFinding,
    CoverageFindingKind,
    CoverageStage,
    CoveredTest,
    Presence,
    asks_admin,
)
from certmark.domain.gaps import Candidate, Gaps, UntrackedTest, by_service
from certmark.domain.phrases import counted
from certmark.reporting.blocks import Tone
from certmark.reporting.coverage.blocks import (
    TITLES,
    account_rows,
    asks_second,
    headline,
    place_of,
    skip_rows,
    suite_of,
)
from certmark.reporting.coverage.gaps import gap_headline, gap_rows, gap_rule, kinds_of
from certmark.reporting.pages import render_page


def coverage_html(title: str, coverage: Coverage, gaps: Gaps | None) -> bytes:
    """The whole document, in UTF-8."""
    return render_page("coverage.html.j2", title, page=_page(coverage, gaps))


class Segment(NamedTuple):
    """A part of a bar."""

    tests: int
    words: str
    look: str
    """Its class: a colour and a hatching, `as-was` …"""


class Bar(NamedTuple):
    """One service of a chart."""

    label: str
    total: int
    share: float
    """Its length in hundredths of the longest bar."""
    segments: tuple[Segment, ...]


class PageRow(NamedTuple):
    """One test with a matter."""

    test: CoveredTest
    finding: CoverageFinding
    places: str


class PageSection(NamedTuple):
    """All of one matter."""

    title: str
    rows: tuple[PageRow, ...]
    open: int


class CoveragePage(NamedTuple):
    """All that the template shows."""

    banner: str
    tone: str
    note: str
    """What keeps the banner from being misread; empty: nothing does."""
    headline: str
    suite: str
    coverage: Coverage
    bars: tuple[Bar, ...]
    legend: tuple[tuple[str, str], ...]
    sections: tuple[PageSection, ...]
    accounts: Sequence[tuple[str, int]]
    skips: Sequence[tuple[str, int]]
    gaps: Gaps | None
    gap_headline: str
    gap_rule: str
    gap_bars: tuple[Bar, ...]
    gap_legend: tuple[tuple[str, str], ...]
    gap_rows: Sequence[tuple[str, ...]]
    candidates: tuple[tuple[str, tuple[Candidate, ...]], ...]

    @staticmethod
    def accounts_of(test: UntrackedTest) -> str:
        """The accounts that a test's class asks for."""
        return accounts_of(test.surveyed.credentials)

    @staticmethod
    def kinds_of(test: UntrackedTest) -> str:
        """Tags and kinds."""
        return kinds_of(test)

    @staticmethod
    def summary_of(test: UntrackedTest) -> str:
        """The first paragraph of its docstring."""
        return " ".join(test.surveyed.document.partition("\n\n")[0].split())


def _page(coverage: Coverage, gaps: Gaps | None) -> CoveragePage:
    services = dict.fromkeys(candidate.service for candidate in gaps.candidates) if gaps is not None else {}
    banner, tone, note = _banner(coverage)
    return CoveragePage(
        banner=banner,
        tone=tone,
        note=note,
        headline=headline(coverage),
        suite=suite_of(coverage),
        coverage=coverage,
        bars=_bars(coverage),
        legend=tuple((words, look) for words, look, _ in _LOOKS),
        sections=tuple(_sections(coverage)),
        accounts=account_rows(coverage) if coverage.survey.is_described else [],
        skips=skip_rows(coverage),
        gaps=gaps,
        gap_headline=gap_headline(gaps) if gaps is not None else "",
        gap_rule=gap_rule(gaps) if gaps is not None else "",
        gap_bars=_gap_bars(gaps) if gaps is not None else (),
        gap_legend=tuple((words, look) for words, look, _ in _GAP_LOOKS),
        gap_rows=gap_rows(gaps) if gaps is not None else (),
        candidates=tuple(
            (service, tuple(item for item in gaps.candidates if item.service == service)) for service in services
        )
        if gaps is not None
        else (),
    )


def _banner(coverage: Coverage) -> tuple[str, str, str]:
    """What it says, in which tone, and a note: open decisions are work, and no fault of a guideline or a suite."""
    open_ = len(coverage.open)
    if not open_:
        return "Nothing to do", Tone.GOOD.value, ""
    is_as_it_was = coverage.count(Presence.EXISTS) == len(coverage.tests)
    as_it_was = "Every test is in the suite under its name and id. " if is_as_it_was else ""
    if coverage.stage is CoverageStage.DRAFT:
        note = f"{as_it_was}The guideline is a draft: what is open is for its authors to decide before it is approved."
        return f"{counted(open_, 'test')} still open in this draft", Tone.QUIET.value, note
    if is_as_it_was:
        note = f"{as_it_was}What is open is about the accounts and the conditions that tests ask for."
        return f"All tests exist; {open_} to look at", Tone.QUIET.value, note
    return f"{counted(open_, 'test')} to decide on", Tone.GAP.value, ""


def _kind(test: CoveredTest) -> str:
    """Each test counts in one segment: the gravest that is true of it."""
    if test.presence in {Presence.VANISHED, Presence.NOT_COVERED, Presence.OTHER_ID}:
        return "vanished"
    if test.presence is Presence.RENAMED:
        return "renamed"
    return "admin" if asks_admin(test) else "second" if asks_second(test) else "as-was"


_LOOKS = (
    ("exists, one account", "as-was", "as-was"),
    ("exists, asks for a second account", "second", "second"),
    ("exists, asks for an administrator", "admin", "admin"),
    ("renamed", "renamed", "renamed"),
    ("vanished or not covered", "vanished", "vanished"),
)
_GAP_LOOKS = (
    ("in the guideline", "as-was", "in_guideline"),
    ("in no guideline", "second", "plain"),
    ("in no guideline: negative, slow or with a second user", "admin", "other"),
)


def _bars(coverage: Coverage) -> tuple[Bar, ...]:
    groups: dict[str, list[str]] = {}
    for test in coverage.tests:
        groups.setdefault(test.service, []).append(_kind(test))
    counts = {name: {kind: kinds.count(kind) for kind in set(kinds)} for name, kinds in sorted(groups.items())}
    return _chart(counts, _LOOKS)


def _gap_bars(gaps: Gaps) -> tuple[Bar, ...]:
    own = set(gaps.in_guideline)
    mine = by_service(test for test in gaps.api if test.key in own and not test.is_admin)
    missing = by_service(test for test in gaps.untracked if not test.is_admin)
    counts = {
        name: {
            "in_guideline": mine[name]["all"] if name in mine else 0,
            "plain": missing[name]["plain"] if name in missing else 0,
            "other": missing[name]["all"] - missing[name]["plain"] if name in missing else 0,
        }
        for name in sorted({*mine, *missing})
    }
    return _chart(counts, _GAP_LOOKS)


def _chart(counts: dict[str, dict[str, int]], looks: Sequence[tuple[str, str, str]]) -> tuple[Bar, ...]:
    longest = max((sum(found.values()) for found in counts.values()), default=0) or 1
    return tuple(
        Bar(
            name,
            sum(found.values()),
            100 * sum(found.values()) / longest,
            tuple(Segment(found[key], words, look) for words, look, key in looks if found.get(key)),
        )
        for name, found in counts.items()
    )


def _sections(coverage: Coverage) -> list[PageSection]:
    found = []
    for matter in CoverageFindingKind:
        rows = [
            PageRow(test, finding, ", ".join(dict.fromkeys(place_of(test))))
            for test in coverage.tests
            for finding in test.findings
            if finding.matter is matter
        ]
        if rows:
            rows.sort(key=lambda row: not row.finding.is_open)
            found.append(PageSection(TITLES[matter], tuple(rows), sum(row.finding.is_open for row in rows)))
    return found
