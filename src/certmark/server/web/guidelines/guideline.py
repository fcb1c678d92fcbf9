"""The page of one guideline.

1. The newest revision is meant unless one is named; the page of an older one says so, and leads to the newest.
2. Filters choose among the capabilities; counts beside them are of all.
3. What a page can show is bounded; what is left out is counted, and the list of tests has all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import msgspec

from certmark.domain.capability_histories import is_plain_list
from certmark.domain.guidelines import Capability, Guideline, Level, Program
from certmark.domain.must_pass import tests_to_pass
from certmark.domain.programs import demand_of, levels_of
from certmark.reporting.guideline.changes import summary
from certmark.reporting.guideline_site.making import PartsMaker
from certmark.reporting.guideline_site.parts import (
    CapabilityRow,
    Fact,
    FlagPart,
    GroupOfList,
    SectionPart,
    ShownTest,
)
from certmark.server.services.context import Services
from certmark.server.services.library import shown_source
from certmark.server.web.guidelines import scores
from certmark.server.web.guidelines.opened import (
    GuidelineInLibrary,
    PinnedRevision,
    age,
    changes,
    cut,
    day_of,
    opened,
    revision_asked,
)
from certmark.server.web.guidelines.places import guideline_path, program_words
from certmark.server.web.guidelines.scores import ScoreMap
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

MOST_CAPABILITIES, MOST_TESTS, _MOST_FLAGS, _MOST_OTHERS = 400, 1500, 300, 100
UNPLACED_WORD = "in no component"


class GuidelineFilters(msgspec.Struct, frozen=True, kw_only=True):
    """What of a guideline somebody wants to see."""

    level: Literal["required", "advisory", "deprecated", "removed", "informational", "unplaced"] | None = None
    status: Literal["flagged", "all-flagged", "no-tests"] | None = None
    """Of the tests of a capability."""
    component: str | None = None
    q: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all is wanted."""
        return self == GuidelineFilters()


class PageLink(msgspec.Struct, frozen=True):
    """Another page."""

    title: str
    path: str


class ProgramLine(msgspec.Struct, frozen=True, kw_only=True):
    """A program of a guideline, in numbers."""

    name: str
    path: str
    kind: str
    description: str
    components: tuple[str, ...]
    hosts: tuple[str, ...]
    required: int
    """Capabilities."""
    to_pass: int
    """Tests."""


class ComponentLine(msgspec.Struct, frozen=True, kw_only=True):
    """A component, in numbers."""

    name: str
    levels: tuple[tuple[str, int], ...]
    """How many capabilities it has at which level."""
    sections: int


class ShownCapability(msgspec.Struct, frozen=True, kw_only=True):
    """A capability with its tests."""

    row: CapabilityRow
    tests: tuple[ShownTest, ...]


class ShownLevel(msgspec.Struct, frozen=True, kw_only=True):
    """Capabilities of one level."""

    level: str
    capabilities: tuple[ShownCapability, ...]


class LevelTally(msgspec.Struct, frozen=True):
    """How many capabilities a level has, whatever is filtered."""

    level: str
    capabilities: int


class AgedFlags(msgspec.Struct, frozen=True, kw_only=True):
    """Tests that are flagged for one reason, and since when."""

    part: FlagPart
    age: str
    """Of the oldest of them."""


class GuidelineData(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of a guideline."""

    id: str
    path: str
    newest: str | None
    """The page of the newest revision, where this is not it."""
    sha256: str
    received: int
    """Microseconds since 1970."""
    source: str
    revisions: int
    status: str
    is_draft: bool
    is_list: bool
    releases: tuple[str, ...]
    description: str
    facts: tuple[Fact, ...]
    earlier: PageLink | None
    later: PageLink | None
    changes: str
    """Since the earlier one, in a sentence."""
    programs: tuple[ProgramLine, ...]
    components: tuple[ComponentLine, ...]
    filters: GuidelineFilters
    tallies: tuple[LevelTally, ...]
    levels: tuple[ShownLevel, ...]
    groups: tuple[GroupOfList, ...]
    left_out: int
    """Capabilities, or tests of a list, that do not fit on the page."""
    flags: tuple[AgedFlags, ...]
    scores: ScoreMap | None
    sections: tuple[SectionPart, ...]
    remarks: tuple[str, ...]
    """What is odd in its text."""


def guideline(services: Services, asked: PageRequest) -> Shown:
    """The page."""
    found = revision_asked(services, asked)
    filters = asked.query(GuidelineFilters)
    today = day_of(services)
    tag = asked.unless_known(*found.tag, today.isoformat())
    one = opened(services, found)
    data = _data(found, one, filters, today)
    rows = [
        (part.level, entry.row.key, entry.row.name, entry.row.project, test.name, test.id, test.flag)
        for part in data.levels
        for entry in part.capabilities
        for test in entry.tests
    ] or [
        ("required", group.name, "", "", test.name, test.id, test.flag) for group in data.groups for test in group.tests
    ]
    return Shown(
        "guidelines/guideline.html.j2",
        f"Guideline {found.title}",
        data,
        section="guidelines",
        csv=(("level", "capability", "name", "project", "test", "id", "flag"), rows),
        freshness=Freshness.SEALED,
        tag=tag,
    )


def _data(found: PinnedRevision, one: GuidelineInLibrary, filters: GuidelineFilters, today: dt.date) -> GuidelineData:
    guideline, maker, revision = one.guideline, one.maker, found.revision
    is_list = is_plain_list(guideline)
    shown, left_out = ((), 0) if is_list else _levels(one, filters)
    groups, tests_left_out = _groups(one, filters) if is_list else ((), 0)
    return GuidelineData(
        id=cut(guideline.id, 100),
        path=found.path,
        newest=None if found.is_newest else guideline_path(revision, is_newest=True),
        sha256=revision.digest.hex(),
        received=revision.created,
        source=shown_source(revision),
        revisions=len(found.revisions),
        status=cut(guideline.status or "", 100),
        is_draft=guideline.is_draft,
        is_list=is_list,
        releases=tuple(cut(name, 100) for name in guideline.releases[:_MOST_OTHERS]),
        description=cut(guideline.description),
        facts=maker.facts(guideline),
        earlier=_link(one, one.earlier),
        later=_link(one, one.later),
        changes="" if one.earlier is None else summary(changes(one.earlier, guideline)),
        programs=program_lines(found.path, guideline),
        components=() if is_list else tuple(_components(guideline)),
        filters=filters,
        tallies=tuple(_tallies(guideline)) if not is_list else (),
        levels=shown,
        groups=groups,
        left_out=left_out + tests_left_out,
        flags=tuple(flags_of(maker, guideline, today)),
        scores=scores.map_of(guideline) if filters.is_empty else None,
        sections=maker.sections(guideline)[:_MOST_OTHERS],
        remarks=tuple(cut(remark, 500) for remark in guideline.remarks[:_MOST_OTHERS]),
    )


def _link(one: GuidelineInLibrary, other: Guideline | None) -> PageLink | None:
    if other is None:
        return None
    places = one.maker.places
    return PageLink(places.title(other), places.guideline(other))


def program_lines(path: str, guideline: Guideline) -> tuple[ProgramLine, ...]:
    """Its programs, each with its address below `path`."""
    words = list(program_words(guideline).items())[:_MOST_OTHERS]
    return tuple(_program(f"{path}/{word}", guideline, program) for word, program in words)


def _program(path: str, guideline: Guideline, program: Program) -> ProgramLine:
    asked = demand_of(guideline, program).capabilities
    return ProgramLine(
        name=cut(program.name, 200),
        path=path,
        kind=program.kind.value,
        description=cut(program.description),
        components=tuple(cut(one.name, 200) for one in program.components[:_MOST_OTHERS]),
        hosts=tuple(cut(one.name, 200) for one in program.requires[:_MOST_OTHERS]),
        required=sum(one.level is Level.REQUIRED for one in asked),
        to_pass=len(tests_to_pass(guideline, program)),
    )


def _components(guideline: Guideline) -> Iterator[ComponentLine]:
    for component in list(guideline.components.values())[:_MOST_OTHERS]:
        levels = [placement.level for placement in component.capabilities]
        counts = tuple((level.value, levels.count(level)) for level in Level if level in levels)
        yield ComponentLine(name=cut(component.name, 200), levels=counts, sections=len(component.sections))


def _placed(guideline: Guideline) -> dict[str, str]:
    """The level of every capability, in a word."""
    levels = levels_of(guideline, guideline.components)
    keys = dict.fromkeys((*guideline.capabilities, *levels))
    return {key: levels[key].value if key in levels else UNPLACED_WORD for key in keys}


def _tallies(guideline: Guideline) -> Iterator[LevelTally]:
    words = list(_placed(guideline).values())
    for word in (*(level.value for level in Level), UNPLACED_WORD):
        if word in words:
            yield LevelTally(word, words.count(word))


def _levels(one: GuidelineInLibrary, filters: GuidelineFilters) -> tuple[tuple[ShownLevel, ...], int]:
    """Rules 2 and 3."""
    placed = _placed(one.guideline)
    wanted = [key for key in placed if _is_wanted(one.guideline, key, placed[key], filters)]
    by_level: dict[str, list[ShownCapability]] = {}
    seen: set[str] = set()
    room = MOST_TESTS
    order = [level.value for level in Level]
    wanted.sort(key=lambda key: order.index(placed[key]) if placed[key] in order else len(order))
    for number, key in enumerate(wanted):
        capability = one.guideline.capabilities.get(key)
        size = 0 if capability is None else len(capability.tests)
        if number >= MOST_CAPABILITIES or (size > room and number):
            return _by_level(by_level), len(wanted) - number
        by_level.setdefault(placed[key], []).append(_capability(one, key, capability, seen, room))
        room -= size
    return _by_level(by_level), 0


def _by_level(found: dict[str, list[ShownCapability]]) -> tuple[ShownLevel, ...]:
    return tuple(ShownLevel(level=level, capabilities=tuple(rows)) for level, rows in found.items())


def _capability(
    one: GuidelineInLibrary, key: str, capability: Capability | None, seen: set[str], room: int
) -> ShownCapability:
    """An anchor stands once on a page."""
    tests = []
    for test in capability.tests[:room] if capability is not None else ():
        shown = one.maker.shown_test(test)
        tests.append(shown if shown.anchor not in seen else replace(shown, anchor=""))
        seen.add(shown.anchor)
    return ShownCapability(row=one.maker.row(key, capability), tests=tuple(tests))


def _is_wanted(guideline: Guideline, key: str, level: str, filters: GuidelineFilters) -> bool:
    capability = guideline.capabilities.get(key)
    tests = () if capability is None else capability.tests
    flagged = sum(test.flag is not None for test in tests)
    if filters.level is not None and level != {"unplaced": UNPLACED_WORD}.get(filters.level, filters.level):
        return False
    if filters.component is not None:
        component = guideline.components.get(filters.component)
        if component is None or not any(one.subject == key for one in component.capabilities):
            return False
    match filters.status:
        case "flagged" if not flagged:
            return False
        case "all-flagged" if not flagged or flagged < len(tests):
            return False
        case "no-tests" if tests:
            return False
    return _has_words(key, capability, filters.q)


def _has_words(key: str, capability: Capability | None, words: str | None) -> bool:
    if not words:
        return True
    said = [key]
    if capability is not None:
        said += [capability.name, capability.description, capability.project or ""]
        said += [name for test in capability.tests for name in (test.name, test.uuid or "", *test.aliases)]
    text = " ".join(said).casefold()
    return all(word in text for word in words.casefold().split())


def _groups(one: GuidelineInLibrary, filters: GuidelineFilters) -> tuple[tuple[GroupOfList, ...], int]:
    """The tests of a list (rule 3)."""
    found: list[GroupOfList] = []
    room, left_out = MOST_TESTS, 0
    words = (filters.q or "").casefold().split()
    for key, capability in one.guideline.capabilities.items():
        wanted = [test for test in capability.tests if all(word in f"{key} {test.name}".casefold() for word in words)]
        if wanted and room:
            found.append(GroupOfList(cut(key, 200), tuple(map(one.maker.shown_test, wanted[:room]))))
        left_out += max(0, len(wanted) - room)
        room = max(0, room - len(wanted))
    return tuple(found), left_out


def flags_of(maker: PartsMaker, guideline: Guideline, today: dt.date) -> Iterator[AgedFlags]:
    """Its flags by reason, those first that are the oldest; a page has room for so many."""
    found = []
    for part in maker.flags(guideline):
        dates = sorted(test.date for test in part.tests if age(test.date, today))
        aged = AgedFlags(
            part=FlagPart(part.reason, part.action, part.tests[:_MOST_FLAGS]),
            age=age(dates[0], today) if dates else "",
        )
        found.append((dates[0] if dates else "~", aged))
    found.sort(key=lambda one: one[0])
    room = _MOST_FLAGS
    for _, aged in found:
        if room > 0:
            yield aged
        room -= len(aged.part.tests)


PAGES = (PageRoute("/guidelines/{guideline}", guideline, forms=("json", "csv")),)
