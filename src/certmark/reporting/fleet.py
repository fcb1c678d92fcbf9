"""What a fleet came to."""

from __future__ import annotations

import os.path  # pathlib finds the way up (`walk_up`) from Python 3.12 on only
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from certmark.domain.fleets import GroupStanding, MemberProgress, MemberStanding, groups_of
from certmark.formats.fleet_record import FleetSummary, report_of, write_record
from certmark.formats.results.junit.suites import Case, JUnitSuite
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table, Tone
from certmark.reporting.views import PEOPLE, Form, View

TONES = {
    MemberProgress.PASS: Tone.GOOD,
    MemberProgress.FAIL: Tone.BAD,
    MemberProgress.NOT_TESTED: Tone.BAD,
    MemberProgress.NOT_ALIVE: Tone.BAD,
    MemberProgress.INCOMPLETE: Tone.GAP,
    MemberProgress.INTERRUPTED: Tone.GAP,
    MemberProgress.RUNNING: Tone.GAP,
    MemberProgress.WAITING: Tone.GAP,
    MemberProgress.NOT_AVAILABLE: Tone.QUIET,
}
_ELEMENTS = {MemberProgress.PASS: "", MemberProgress.FAIL: "failure", MemberProgress.NOT_AVAILABLE: "skipped"}
"""Of JUnit; everything else is an error."""
_COLUMNS = ("cloud", "region", "program", "verdict", "passed", "failed", "missing", "took")


class FleetView(View):
    """A fleet: a table of its members, its groups, and why some are no pass."""

    forms = (*PEOPLE, Form.JUNIT)

    def __init__(self, summary: FleetSummary, folder: Path) -> None:
        """What is shown will lie in `folder`: its links and paths begin there."""
        self.title = f"Fleet {summary.name}"
        self.headline = headline(summary)
        self._summary = summary
        self._folder = folder

    def blocks(self) -> Iterable[Block]:
        """The whole first."""
        yield Sentence(headline(self._summary), TONES[self._summary.whole])
        rows = tuple((*_row(one), Cell(_short(report_of(one)))) for one in self._summary.standings)
        yield Table((*_COLUMNS, "report"), rows)
        yield from self._rest()

    def page(self) -> bytes:
        """Likewise, with links to the reports and the owners of clouds."""
        from certmark.reporting.pages import page_of

        summary = self._summary
        rows = tuple(
            (*_row(one), Cell(one.member.cloud.owner), self._link(report_of(one))) for one in summary.standings
        )
        return page_of(
            self.title,
            [
                Sentence(headline(summary), TONES[summary.whole]),
                Table((*_COLUMNS, "owner", "report"), rows),
                *self._rest(),
                Sentence(f"Began {summary.began}, ended {summary.ended or 'not yet'}.", Tone.QUIET),
            ],
        )

    def json(self) -> bytes:
        """The record, from which a fleet goes on (`formats.fleet_record`)."""
        return write_record(self._summary, self._folder)

    def suites(self) -> tuple[JUnitSuite, ...]:
        """A case for each member."""
        return (JUnitSuite(f"fleet {self._summary.name}", tuple(map(_case, self._summary.standings))),)

    def _rest(self) -> Iterator[Block]:
        groups = groups_of(self._summary.standings)
        if groups:
            yield Heading("Groups, by their worst")
            yield Table(("group", "program", "verdict", "of"), tuple(map(_group_row, groups)))
        unsaid = [one for one in self._summary.standings if one.reason and one.progress is not MemberProgress.PASS]
        if unsaid:
            yield Heading("Why")
            for one in unsaid:
                yield Sentence(f"{one.member.key}: {one.progress.value}; {one.reason}", TONES[one.progress])

    def _link(self, report: Path | None) -> Cell:
        return Cell("") if report is None else Cell("report", link=quote(os.path.relpath(report, self._folder)))


def headline(summary: FleetSummary) -> str:
    """The whole in one sentence."""
    counts = Counter(standing.progress for standing in summary.standings)
    parts = ", ".join(f"{counts[progress]} {progress.value}" for progress in MemberProgress if counts[progress])
    return f"Fleet {summary.name}: {summary.whole.value.upper()}; of {len(summary.standings)}: {parts}."


def _row(standing: MemberStanding) -> tuple[Cell, ...]:
    member, counts = standing.member, standing.counts
    return (
        Cell(member.cloud.name, TONES[standing.progress]),
        Cell(member.region or ""),
        Cell(member.program or standing.program),
        Cell(standing.progress.value, TONES[standing.progress]),
        Cell(standing.passed),
        Cell(str(counts.get("failed", ""))),
        Cell(str(counts.get("missing", ""))),
        Cell(_duration(standing.seconds)),
    )


def _short(path: Path | None) -> str:
    if path is None:
        return ""
    return str(Path("~", path.relative_to(Path.home())) if path.is_relative_to(Path.home()) else path)


def _duration(seconds: float) -> str:
    """`42 s`, `3 min 05`, `2 h 05`."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02}"
    return f"{whole // 60} min {whole % 60:02}" if whole >= 60 else f"{whole} s"


def _group_row(group: GroupStanding) -> tuple[Cell, ...]:
    tone = TONES[group.progress]
    members = ", ".join(group.members)
    return Cell(group.name, tone), Cell(group.program), Cell(group.progress.value, tone), Cell(members)


def _case(standing: MemberStanding) -> Case:
    element = _ELEMENTS.get(standing.progress, "error")
    return Case(
        classname=standing.member.cloud.name,
        name=standing.member.key,
        element=element,
        message=f"{standing.progress.value}; {standing.reason}".rstrip("; ") if element else "",
        seconds=standing.seconds,
    )
