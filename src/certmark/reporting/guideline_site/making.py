"""How the parts of pages on guidelines are made, of one guideline or one capability at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.capability_histories import CapabilityHistory, CapabilityVersion, is_plain_list
from certmark.domain.guideline_changes import changes_between
from certmark.domain.guidelines import Capability, Flag, Guideline, Level, Program, RequiredTest
from certmark.domain.must_pass import tests_to_pass
from certmark.domain.phrases import counted
from certmark.domain.programs import levels_of
from certmark.reporting.guideline.changes import gist, summary
from certmark.reporting.guideline_site.names import slug
from certmark.reporting.guideline_site.parts import (
    SIGNS,
    UNPLACED,
    CapabilityLevel,
    CapabilityPage,
    CapabilityRow,
    ChartColumn,
    ChartLine,
    Fact,
    FlaggedTest,
    FlagPart,
    GroupOfList,
    GuidelinePage,
    HistoryCell,
    HistoryChart,
    LinkedTest,
    ProgramPart,
    SectionPart,
    ShownTest,
    VersionRow,
)


class PagePlaces(NamedTuple):
    """What guidelines are called, and where they and capabilities are described."""

    title: Callable[[Guideline], str]
    guideline: Callable[[Guideline], str]
    capability: Callable[[str], str]
    """By its key."""
    text: Callable[[str], str] = str
    """What is shown of a text: all of it, unless somebody bounds it."""


class PartsMaker:
    """Makes the parts of pages, all with the same addresses."""

    def __init__(self, places: PagePlaces) -> None:
        self.places = places
        """The addresses of all that it makes."""
        self._known_homes: dict[bytes, dict[str, str]] = {}

    def guideline(
        self,
        guideline: Guideline,
        family: Sequence[Guideline],
        histories: Mapping[str, CapabilityHistory] | None = None,
    ) -> GuidelinePage:
        """The page of one of a family; without `histories` the levels over time are left out."""
        place = family.index(guideline)
        earlier = family[place - 1] if place else None
        later = family[place + 1] if place + 1 < len(family) else None
        is_listed = is_plain_list(guideline)
        changes = () if earlier is None else changes_between(earlier, guideline)
        shown = family if histories is not None else ()
        return GuidelinePage(
            title=self.places.title(guideline),
            page=self.places.guideline(guideline),
            status=guideline.status or "",
            is_draft=guideline.is_draft,
            releases=guideline.releases,
            facts=self.facts(guideline),
            programs=tuple(self.program(guideline, program) for program in guideline.programs),
            levels=() if is_listed else tuple(self.levels(guideline, shown, histories or {})),
            groups=tuple(self.groups(guideline)) if is_listed else (),
            flags=tuple(self.flags(guideline)),
            sections=self.sections(guideline),
            earlier="" if earlier is None else self.places.title(earlier),
            later="" if later is None else self.places.title(later),
            changes="" if earlier is None else summary(changes),
            gist=gist(changes) or ("" if earlier is None else "no capability, test or flag came or went"),
        )

    def facts(self, guideline: Guideline) -> tuple[Fact, ...]:
        """What it says of itself."""
        return tuple(Fact(one.word, self.places.text(one.value)) for one in _facts(guideline))

    def sections(self, guideline: Guideline) -> tuple[SectionPart, ...]:
        """The designated sections."""
        text = self.places.text
        return tuple(SectionPart(text(one.project), one.level.value, text(one.guidance)) for one in guideline.sections)

    def link(self, guideline: Guideline, name: str) -> LinkedTest:
        """Where a test of it is described."""
        shown = self.places.text(name)
        if is_plain_list(guideline):
            return LinkedTest(shown, "", f"test-{slug(name)}")
        return LinkedTest(shown, self.places.capability(self._homes(guideline)[name]), f"test-{slug(name)}")

    def _homes(self, guideline: Guideline) -> dict[str, str]:
        """For each test the first capability that has it."""
        if guideline.data not in self._known_homes:
            capabilities = reversed(tuple(guideline.capabilities.items()))
            self._known_homes[guideline.data] = {test.name: key for key, one in capabilities for test in one.tests}
        return self._known_homes[guideline.data]

    def program(self, guideline: Guideline, program: Program) -> ProgramPart:
        """One of its programs, with what must be passed."""
        return ProgramPart(
            name=program.name,
            description=program.description,
            kind=program.kind.value,
            aliases=program.aliases,
            components=", ".join(one.name for one in program.components),
            hosts=", ".join(one.name for one in program.requires),
            tests=tuple(self.link(guideline, name) for name in sorted(tests_to_pass(guideline, program))),
        )

    def levels(
        self, guideline: Guideline, family: Sequence[Guideline], histories: Mapping[str, CapabilityHistory]
    ) -> Iterator[CapabilityLevel]:
        """Its capabilities, those of the strongest level first; with their levels over time in `family`."""
        placed = levels_of(guideline, guideline.components)
        by_level: dict[Level | None, list[str]] = {}
        for key in dict.fromkeys((*guideline.capabilities, *placed)):
            by_level.setdefault(placed.get(key), []).append(key)
        for level in (*Level, None):
            keys = by_level.get(level, [])
            if keys:
                rows = (
                    self.row(key, guideline.capabilities.get(key), family, histories[key] if family else None)
                    for key in keys
                )
                yield CapabilityLevel(level.value if level is not None else "in no component", tuple(rows))

    def row(
        self,
        key: str,
        capability: Capability | None,
        guidelines: Sequence[Guideline] = (),
        history: CapabilityHistory | None = None,
    ) -> CapabilityRow:
        """One capability in a table, with its level in each of `guidelines`."""
        text = self.places.text
        known = {version.guideline.data: version for version in history.versions} if history is not None else {}
        cells = [known.get(one.data) or CapabilityVersion(one, None, None) for one in guidelines]
        return CapabilityRow(
            key=text(key),
            page=self.places.capability(key),
            anchor=f"capability-{slug(key)}",
            name=text(capability.name) if capability is not None and capability.name != key else "",
            description=(
                " ".join(text(capability.description).split())
                if capability is not None
                else "not defined in this document"
            ),
            project=text((capability.project if capability is not None else None) or ""),
            tests=len(capability.tests) if capability is not None else 0,
            flagged=sum(test.flag is not None for test in capability.tests) if capability is not None else 0,
            since=text((capability.required_since if capability is not None else None) or ""),
            cells=tuple(self._cell(version) for version in cells),
        )

    def _cell(self, version: CapabilityVersion) -> HistoryCell:
        word = _word(version)
        sign = SIGNS[version.level] if version.level is not None else UNPLACED if version.is_there else ""
        return HistoryCell(self.places.title(version.guideline), sign, word, _look(version))

    def flags(self, guideline: Guideline) -> Iterator[FlagPart]:
        """Its flagged tests, by reason."""
        found: dict[tuple[str, str], dict[str, str]] = {}
        for capability in guideline.capabilities.values():
            for test in capability.tests:
                if test.flag is not None:
                    why = (test.flag.reason or "no reason is given", test.flag.action)
                    found.setdefault(why, {}).setdefault(test.name, test.flag.date)
        for (reason, action), tests in found.items():
            flagged = (FlaggedTest(self.link(guideline, name), day) for name, day in tests.items())
            yield FlagPart(self.places.text(reason), self.places.text(action), tuple(flagged))

    def groups(self, guideline: Guideline) -> Iterator[GroupOfList]:
        """The tests of a list."""
        for key, capability in guideline.capabilities.items():
            yield GroupOfList(self.places.text(key), tuple(map(self.shown_test, capability.tests)))

    def shown_test(self, test: RequiredTest, seen: str = "") -> ShownTest:
        """One test of a capability; `seen` says in which guidelines it stands."""
        text = self.places.text
        return ShownTest(
            name=text(test.name),
            id=text(test.uuid or test.written_id or ""),
            aliases=tuple(map(text, test.aliases)),
            any_of=text(test.any_of or ""),
            credentials=test.credentials,
            anchor=f"test-{slug(test.name)}",
            flag=text(_why(test.flag)),
            seen=seen,
        )

    def capability(self, history: CapabilityHistory) -> CapabilityPage:
        """One capability through the guidelines."""
        text = self.places.text
        latest = history.latest
        there = [one for one in history.versions if one.capability is not None]
        seen: dict[str, list[str]] = {}
        last: dict[str, RequiredTest] = {}
        for version in there:
            for test in version.capability.tests if version.capability is not None else ():
                seen.setdefault(test.name, []).append(self.places.title(version.guideline))
                last[test.name] = test
        several = len(there) > 1
        rows = {name: self.shown_test(test, _span(seen[name]) if several else "") for name, test in last.items()}
        now = [test.name for test in latest.tests] if latest is not None else []
        present = frozenset(now)
        return CapabilityPage(
            key=text(history.key),
            page=self.places.capability(history.key),
            name=text(latest.name) if latest is not None and latest.name != history.key else "",
            description=text(latest.description) if latest is not None else "",
            is_defined=latest is not None,
            facts=tuple(
                Fact(one.word, text(one.value)) for one in (_facts_of_capability(latest) if latest is not None else ())
            ),
            chart=self._chart(history),
            versions=tuple(self._versions(history)),
            tests=tuple(rows[name] for name in now),
            former=tuple(row for name, row in rows.items() if name not in present),
        )

    def _versions(self, history: CapabilityHistory) -> Iterator[VersionRow]:
        before: CapabilityVersion | None = None
        for version in history.versions:
            title, capability = self.places.title(version.guideline), version.capability
            yield VersionRow(
                title,
                self.places.guideline(version.guideline),
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
                self.places.title(version.guideline),
                self._cell(version).sign,
                _word(version),
                _look(version),
            )
            for place, version in enumerate(history.versions)
        )
        width, height = _LEFT + len(columns) * _COLUMN + _TOP, _TOP + len(present) * _ROW + _FOOT
        return HistoryChart(width, height, tuple(ChartLine(tops[word], word) for word in present), columns)


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


def _facts(guideline: Guideline) -> Iterator[Fact]:
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
    yield from (Fact(word, value) for word, value in facts.items() if value)


def _facts_of_capability(capability: Capability) -> Iterator[Fact]:
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
    yield from (Fact(word, value) for word, value in facts.items() if value)
