"""The parts of pages on guidelines: plain values, which a template draws and JSON says alike."""

from __future__ import annotations

from dataclasses import dataclass

from certmark.domain.guidelines import Level

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


@dataclass(frozen=True, slots=True)
class LinkedTest:
    """A test that a program demands, and where it is described."""

    name: str
    page: str
    """As the maker of the pages calls it; empty: on the page itself."""
    anchor: str


@dataclass(frozen=True, slots=True)
class ProgramPart:
    """A program on the page of its guideline."""

    name: str
    description: str
    kind: str
    aliases: tuple[str, ...]
    components: str
    hosts: str
    tests: tuple[LinkedTest, ...]
    """To pass: required and not flagged."""


@dataclass(frozen=True, slots=True)
class HistoryCell:
    """A capability in one guideline, as small as it gets."""

    guideline: str
    sign: str
    word: str
    look: str
    """A word for its colour and pattern."""


@dataclass(frozen=True, slots=True)
class CapabilityRow:
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

    @property
    def has_history(self) -> bool:
        """Whether any of the guidelines of its cells knows it."""
        return any(cell.sign for cell in self.cells)


@dataclass(frozen=True, slots=True)
class FlaggedTest:
    """A test that does not count."""

    test: LinkedTest
    date: str
    """Of its flag, as written."""


@dataclass(frozen=True, slots=True)
class FlagPart:
    """Tests that are flagged for one reason."""

    reason: str
    action: str
    tests: tuple[FlaggedTest, ...]


@dataclass(frozen=True, slots=True)
class ShownTest:
    """One test of a capability."""

    name: str
    id: str
    """Bare where it is a uuid, else as the document spells it; empty: it has none."""
    aliases: tuple[str, ...]
    any_of: str
    """The group of which one test is enough; empty: it stands for itself."""
    credentials: tuple[str, ...]
    anchor: str
    flag: str
    seen: str
    """In which guidelines it stands, where there are several."""


@dataclass(frozen=True, slots=True)
class GroupOfList:
    """Tests of a list that stand together."""

    name: str
    tests: tuple[ShownTest, ...]


@dataclass(frozen=True, slots=True)
class CapabilityLevel:
    """The capabilities of one level."""

    level: str
    rows: tuple[CapabilityRow, ...]


@dataclass(frozen=True, slots=True)
class SectionPart:
    """The code of a project that a product must use."""

    project: str
    level: str
    guidance: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A word, and what it is here."""

    word: str
    value: str


@dataclass(frozen=True, slots=True)
class GuidelinePage:
    """One guideline."""

    title: str
    page: str
    status: str
    is_draft: bool
    releases: tuple[str, ...]
    facts: tuple[Fact, ...]
    programs: tuple[ProgramPart, ...]
    levels: tuple[CapabilityLevel, ...]
    groups: tuple[GroupOfList, ...]
    """Of a list of tests, in the place of levels."""
    flags: tuple[FlagPart, ...]
    sections: tuple[SectionPart, ...]
    earlier: str
    """The title of the guideline before it in its family, of those that are given; empty: there is none."""
    later: str
    changes: str
    """What changed since the earlier one, in one sentence; empty: there is none."""
    gist: str
    """The most of it, in a few words."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A capability in one guideline."""

    guideline: str
    page: str
    level: str
    look: str
    tests: str
    flagged: str
    change: str


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One guideline in the drawing of a history."""

    x: int
    y: int
    label: str
    sign: str
    word: str
    look: str


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A level in the drawing of a history."""

    y: int
    word: str


@dataclass(frozen=True, slots=True)
class HistoryChart:
    """The levels of a capability over the guidelines, drawn."""

    width: int
    height: int
    rows: tuple[ChartLine, ...]
    columns: tuple[ChartColumn, ...]


@dataclass(frozen=True, slots=True)
class CapabilityPage:
    """One capability."""

    key: str
    page: str
    name: str
    description: str
    is_defined: bool
    """Whether any guideline here defines it."""
    facts: tuple[Fact, ...]
    chart: HistoryChart
    versions: tuple[VersionRow, ...]
    tests: tuple[ShownTest, ...]
    """Those of the last guideline that defines it."""
    former: tuple[ShownTest, ...]
    """Those that only earlier ones had."""


@dataclass(frozen=True, slots=True)
class FamilyPart:
    """Guidelines that replace one another."""

    title: str
    guidelines: tuple[GuidelinePage, ...]
    """The newest first."""


@dataclass(frozen=True, slots=True)
class CapabilitiesOfProject:
    """Every capability of a project."""

    project: str
    rows: tuple[CapabilityRow, ...]


@dataclass(frozen=True, slots=True)
class GuidelineSite:
    """All of it."""

    families: tuple[FamilyPart, ...]
    capabilities: tuple[CapabilityPage, ...]
    rows: tuple[CapabilitiesOfProject, ...]
    """By project, every capability with its history in the core."""
    columns: tuple[str, ...]
    """The guidelines of the core."""
