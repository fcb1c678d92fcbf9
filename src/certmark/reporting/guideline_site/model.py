"""What the pages of a site show, worked out once for every form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.capability_histories import (
    CORE,
    CapabilityHistory,
    CapabilityVersion,
    GuidelineFamily,
    families_of,
    histories_of,
    is_plain_list,
)
from certmark.domain.guideline_changes import changes_between
from certmark.domain.guidelines import Capability, Flag, Guideline, Level, Program, ProgramKind, RequiredTest
from certmark.domain.must_pass import tests_to_pass
from certmark.domain.phrases import counted
from certmark.domain.programs import levels_of
from certmark.reporting.guideline.changes import gist, summary
from certmark.reporting.guideline_site.names import file_names, slug

SIGNS = {
    Level.REQUIRED: "R",
    Level.ADVISORY: "A",
    Level.DEPRECATED: "D",
    Level.REMOVED: "X",
    Level.INFORMATIONAL: "I",
}
"""A letter for each level, for cells too small for the word."""


UNPLACED = "-"
"""Stands for a capability that no component places."""


class LinkedTest(NamedTuple):
    """A test that a program demands, and where it is described."""

    name: str
    page: str
    """From the top of the site, without an ending; empty: on the page itself."""
    anchor: str


class ProgramPart(NamedTuple):
    """A program on the page of its guideline."""

    program: Program
    components: str
    hosts: str
    tests: tuple[LinkedTest, ...]
    """To pass: required and not flagged."""


class HistoryCell(NamedTuple):
    """A capability in one guideline, as small as it gets."""

    guideline: str
    sign: str
    word: str
    look: str
    """A word for its colour and pattern."""


class CapabilityRow(NamedTuple):
    """A capability on the page of a guideline, or in a list of all."""

    key: str
    page: str
    anchor: str
    name: str
    """Empty: it is the key."""
    description: str
    project: str
    tests: int
    flagged: int
    since: str
    cells: tuple[HistoryCell, ...]


class FlagPart(NamedTuple):
    """Tests that are flagged for one reason."""

    reason: str
    action: str
    tests: tuple[tuple[LinkedTest, str], ...]
    """Each with the day of its flag."""


class GuidelinePage(NamedTuple):
    """One guideline."""

    guideline: Guideline
    title: str
    page: str
    facts: tuple[tuple[str, str], ...]
    programs: tuple[ProgramPart, ...]
    levels: tuple[tuple[str, tuple[CapabilityRow, ...]], ...]
    groups: tuple[tuple[str, tuple[ShownTest, ...]], ...]
    """Of a list of tests, in the place of levels."""
    flags: tuple[FlagPart, ...]
    earlier: str | None
    """The id of the guideline before it in its family, of those that are given."""
    later: str | None
    changes: str
    """What changed since the earlier one, in one sentence; empty: there is none."""
    gist: str
    """The most of it, in a few words."""


class ShownTest(NamedTuple):
    """One test of a capability."""

    test: RequiredTest
    anchor: str
    flag: str
    seen: str
    """In which guidelines it stands, where there are several."""


class VersionRow(NamedTuple):
    """A capability in one guideline."""

    guideline: str
    page: str
    level: str
    look: str
    tests: str
    flagged: str
    change: str


class ChartColumn(NamedTuple):
    """One guideline in the drawing of a history."""

    x: int
    y: int
    label: str
    sign: str
    word: str
    look: str


class HistoryChart(NamedTuple):
    """The levels of a capability over the guidelines, drawn."""

    width: int
    height: int
    rows: tuple[tuple[int, str], ...]
    columns: tuple[ChartColumn, ...]


class CapabilityPage(NamedTuple):
    """One capability."""

    key: str
    page: str
    name: str
    capability: Capability | None
    facts: tuple[tuple[str, str], ...]
    chart: HistoryChart
    versions: tuple[VersionRow, ...]
    tests: tuple[ShownTest, ...]
    """Those of the last guideline that defines it."""
    former: tuple[ShownTest, ...]
    """Those that only earlier ones had."""


class FamilyPart(NamedTuple):
    """Guidelines that replace one another."""

    title: str
    guidelines: tuple[GuidelinePage, ...]
    """The newest first."""


class GuidelineSite(NamedTuple):
    """All of it."""

    families: tuple[FamilyPart, ...]
    capabilities: tuple[CapabilityPage, ...]
    rows: tuple[tuple[str, tuple[CapabilityRow, ...]], ...]
    """By project, every capability with its history in the core."""
    columns: tuple[str, ...]
    """The guidelines of the core."""


def site_of(guidelines: Sequence[Guideline]) -> GuidelineSite:
    """Work it out. Guidelines of equal bytes are one; several of one id are told apart by their digest."""
    families = families_of({one.data: one for one in guidelines}.values())
    titles = _titles(families)
    histories = {one.key: one for one in histories_of(families)}
    maker = _Maker(titles, histories)
    core = next((one.guidelines for one in families if one.name == CORE and not is_plain_list(one.guidelines[0])), ())
    parts = [
        FamilyPart(_family_title(family), tuple(reversed([maker.guideline(one, family) for one in family.guidelines])))
        for family in families
    ]
    pages = tuple(maker.capability(history) for history in histories.values())
    projects: dict[str, list[CapabilityRow]] = {}
    for history in histories.values():
        row = maker.row(history, history.latest, core)
        projects.setdefault(row.project or "no project", []).append(row)
    rows = tuple((project, tuple(projects[project])) for project in sorted(projects))
    return GuidelineSite(tuple(parts), pages, rows, tuple(titles[one.data] for one in core))


def _titles(families: Sequence[GuidelineFamily]) -> dict[bytes, str]:
    """By its bytes, what each guideline is called."""
    members = [one for family in families for one in family.guidelines]
    ids = [one.id for one in members]
    return {one.data: one.id if ids.count(one.id) == 1 else f"{one.id} ({one.sha256[:8]})" for one in members}


def _family_title(family: GuidelineFamily) -> str:
    first = family.guidelines[0]
    if is_plain_list(first):
        return f"List of tests {first.title or family.name}"
    if family.name == CORE:
        return "Core"
    is_add_on = any(program.kind is ProgramKind.ADD_ON for program in first.programs)
    return f"{'Add-on' if is_add_on else 'Guideline'} {family.name}"


class _Maker:
    """Makes the parts of pages, all with the same names of files."""

    def __init__(self, titles: Mapping[bytes, str], histories: Mapping[str, CapabilityHistory]) -> None:
        self._titles = titles
        self._histories = histories
        self._pages = {name: f"guidelines/{word}" for name, word in file_names(titles.values()).items()}
        self._known_homes: dict[bytes, dict[str, str]] = {}
        self._places = {key: f"capabilities/{word}" for key, word in file_names(histories).items()}

    def title(self, guideline: Guideline) -> str:
        return self._titles[guideline.data]

    def guideline(self, guideline: Guideline, family: GuidelineFamily) -> GuidelinePage:
        place = family.guidelines.index(guideline)
        earlier = family.guidelines[place - 1] if place else None
        later = family.guidelines[place + 1] if place + 1 < len(family.guidelines) else None
        is_listed = is_plain_list(guideline)
        changes = () if earlier is None else changes_between(earlier, guideline)
        return GuidelinePage(
            guideline,
            self.title(guideline),
            self._pages[self.title(guideline)],
            tuple(_facts(guideline)),
            tuple(self._program(guideline, program) for program in guideline.programs),
            () if is_listed else tuple(self._levels(guideline, family)),
            tuple(_groups(guideline)) if is_listed else (),
            tuple(self._flags(guideline)),
            earlier and self.title(earlier),
            later and self.title(later),
            "" if earlier is None else summary(changes),
            gist(changes) or ("" if earlier is None else "no capability, test or flag came or went"),
        )

    def page_of(self, title: str) -> str:
        """Where a guideline is described."""
        return self._pages[title]

    def _link(self, guideline: Guideline, name: str) -> LinkedTest:
        if is_plain_list(guideline):
            return LinkedTest(name, "", f"test-{slug(name)}")
        return LinkedTest(name, self._places[self._homes(guideline)[name]], f"test-{slug(name)}")

    def _homes(self, guideline: Guideline) -> dict[str, str]:
        """For each test the first capability that has it."""
        if guideline.data not in self._known_homes:
            capabilities = reversed(tuple(guideline.capabilities.items()))
            self._known_homes[guideline.data] = {test.name: key for key, one in capabilities for test in one.tests}
        return self._known_homes[guideline.data]

    def _program(self, guideline: Guideline, program: Program) -> ProgramPart:
        components = ", ".join(one.name for one in program.components)
        hosts = ", ".join(one.name for one in program.requires)
        links = (self._link(guideline, name) for name in sorted(tests_to_pass(guideline, program)))
        return ProgramPart(program, components, hosts, tuple(links))

    def _levels(self, guideline: Guideline, family: GuidelineFamily) -> Iterator[tuple[str, tuple[CapabilityRow, ...]]]:
        placed = levels_of(guideline, guideline.components)
        by_level: dict[Level | None, list[str]] = {}
        for key in dict.fromkeys((*guideline.capabilities, *placed)):
            by_level.setdefault(placed.get(key), []).append(key)
        for level in (*Level, None):
            keys = by_level.get(level, [])
            if keys:
                rows = (
                    self.row(self._histories[key], guideline.capabilities.get(key), family.guidelines) for key in keys
                )
                yield (level.value if level is not None else "in no component", tuple(rows))

    def row(
        self, history: CapabilityHistory, capability: Capability | None, guidelines: Sequence[Guideline]
    ) -> CapabilityRow:
        known = {version.guideline.data: version for version in history.versions}
        cells = [known.get(one.data) or CapabilityVersion(one, None, None) for one in guidelines]
        return CapabilityRow(
            history.key,
            self._places[history.key],
            f"capability-{slug(history.key)}",
            capability.name if capability is not None and capability.name != history.key else "",
            " ".join(capability.description.split()) if capability is not None else "not defined in this document",
            (capability.project if capability is not None else None) or "",
            len(capability.tests) if capability is not None else 0,
            sum(test.flag is not None for test in capability.tests) if capability is not None else 0,
            (capability.required_since if capability is not None else None) or "",
            tuple(self._cell(version) for version in cells),
        )

    def _cell(self, version: CapabilityVersion) -> HistoryCell:
        word = _word(version)
        sign = SIGNS[version.level] if version.level is not None else UNPLACED if version.is_there else ""
        return HistoryCell(self.title(version.guideline), sign, word, _look(version))

    def _flags(self, guideline: Guideline) -> Iterator[FlagPart]:
        found: dict[tuple[str, str], dict[str, str]] = {}
        for capability in guideline.capabilities.values():
            for test in capability.tests:
                if test.flag is not None:
                    why = (test.flag.reason or "no reason is given", test.flag.action)
                    found.setdefault(why, {}).setdefault(test.name, test.flag.date)
        for (reason, action), tests in found.items():
            yield FlagPart(reason, action, tuple((self._link(guideline, name), day) for name, day in tests.items()))

    def capability(self, history: CapabilityHistory) -> CapabilityPage:
        latest = history.latest
        there = [one for one in history.versions if one.capability is not None]
        seen: dict[str, list[str]] = {}
        last: dict[str, RequiredTest] = {}
        for version in there:
            for test in version.capability.tests if version.capability is not None else ():
                seen.setdefault(test.name, []).append(self.title(version.guideline))
                last[test.name] = test
        several = len(there) > 1
        rows = {
            name: ShownTest(test, f"test-{slug(name)}", _why(test.flag), _span(seen[name]) if several else "")
            for name, test in last.items()
        }
        now = [test.name for test in latest.tests] if latest is not None else []
        return CapabilityPage(
            history.key,
            self._places[history.key],
            latest.name if latest is not None and latest.name != history.key else "",
            latest,
            tuple(_facts_of_capability(latest)) if latest is not None else (),
            self._chart(history),
            tuple(self._versions(history)),
            tuple(rows[name] for name in now),
            tuple(row for name, row in rows.items() if name not in now),
        )

    def _versions(self, history: CapabilityHistory) -> Iterator[VersionRow]:
        before: CapabilityVersion | None = None
        for version in history.versions:
            title, capability = self.title(version.guideline), version.capability
            yield VersionRow(
                title,
                self._pages[title],
                _word(version),
                _look(version),
                "" if capability is None else str(len(capability.tests)),
                "" if capability is None else str(sum(test.flag is not None for test in capability.tests) or ""),
                _step(before, version),
            )
            before = version

    def _chart(self, history: CapabilityHistory) -> HistoryChart:
        words = [_word(version) for version in history.versions]
        order = [*(level.value for level in Level), "in no component", "not in it"]
        present = [word for word in order if word in words]
        tops = {word: _TOP + place * _ROW for place, word in enumerate(present)}
        columns = tuple(
            ChartColumn(
                _LEFT + place * _COLUMN,
                tops[_word(version)],
                self.title(version.guideline),
                self._cell(version).sign,
                _word(version),
                _look(version),
            )
            for place, version in enumerate(history.versions)
        )
        width, height = _LEFT + len(columns) * _COLUMN + _TOP, _TOP + len(present) * _ROW + _FOOT
        return HistoryChart(width, height, tuple((tops[word], word) for word in present), columns)


_LEFT, _TOP, _COLUMN, _ROW, _FOOT = 112, 8, 62, 34, 26
"""Measures of the drawing: room for the words of the levels, margin, a guideline, a level, room for the ids."""


def _word(version: CapabilityVersion) -> str:
    if version.level is not None:
        return version.level.value
    return "in no component" if version.is_there else "not in it"


def _look(version: CapabilityVersion) -> str:
    if version.level is not None:
        return version.level.value
    return "unplaced" if version.is_there else "absent"


def _step(before: CapabilityVersion | None, version: CapabilityVersion) -> str:
    """What changed from one guideline to the next."""
    if before is None or not version.is_there:
        return "" if before is None or not before.is_there else "gone"
    if not before.is_there:
        return "new"
    names = [{test.name for test in one.capability.tests} if one.capability else set() for one in (before, version)]
    told = [f"+{counted(len(names[1] - names[0]), 'test')}"] if names[1] - names[0] else []
    told += [f"-{counted(len(names[0] - names[1]), 'test')}"] if names[0] - names[1] else []
    return ", ".join([*([f"was {_word(before)}"] if _word(before) != _word(version) else []), *told])


def _span(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{titles[0]} to {titles[-1]}, {counted(len(titles), 'guideline')}"


def _why(flag: Flag | None) -> str:
    if flag is None:
        return ""
    parts = (flag.reason or "no reason is given", flag.action, f"since {flag.date}" if flag.date else "")
    return "; ".join(part for part in parts if part)


def _groups(guideline: Guideline) -> Iterator[tuple[str, tuple[ShownTest, ...]]]:
    for key, capability in guideline.capabilities.items():
        rows = (ShownTest(test, f"test-{slug(test.name)}", _why(test.flag), "") for test in capability.tests)
        yield key, tuple(rows)


def _facts(guideline: Guideline) -> Iterator[tuple[str, str]]:
    approvals = "; ".join(f"{one.authority}{f', {one.date}' if one.date else ''}" for one in guideline.approvals)
    facts = {
        "Title": guideline.title,
        "Status": guideline.status,
        "Approved by": approvals,
        "Approval": guideline.target_approval,
        "Replaces": guideline.replaces,
        "Releases": ", ".join(guideline.releases),
        "Cut-off": None if guideline.cutoff is None else str(guideline.cutoff),
        "Policy": guideline.policy.name,
        "Schema": guideline.schema,
        "Tests from": ", ".join(f"{one.url} {one.reference or ''}".strip() for one in guideline.repositories),
        "SHA-256": guideline.sha256,
    }
    yield from ((word, value) for word, value in facts.items() if value)


def _facts_of_capability(capability: Capability) -> Iterator[tuple[str, str]]:
    versions = capability.microversions
    ends = (
        []
        if versions is None
        else [f"from {versions.first}" if versions.first else "", f"to {versions.last}" if versions.last else ""]
    )
    facts = {
        "Project": capability.project,
        "Needs": None if capability.credentials is None else capability.credentials.value,
        "Administrator": "yes" if capability.admin else None,
        "Operations": ", ".join(capability.operations),
        "Microversions": " ".join(filter(None, ends)),
        "Required since": capability.required_since,
        "Achievements": ", ".join(capability.achievements),
    }
    yield from ((word, value) for word, value in facts.items() if value)
