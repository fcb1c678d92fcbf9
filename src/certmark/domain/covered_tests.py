"""What a coverage is made of (`domain.coverage` has the rules), and what the process allows to be done.

That depends on the guideline's stage. The numbers are those of the working group's rules: D301 tests do not
change after approval, D311 a flag stays, D312 a new guideline starts without flags, D400 to D406 the reasons of flags.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from certmark.domain.guidelines import Flag, Level
from certmark.domain.surveys import Survey, SurveyedTest


class Presence(Enum):
    """Whether the suite still has a test of a guideline."""

    EXISTS = "exists"
    RENAMED = "renamed"
    OTHER_ID = "another test"
    """Its name stands there with another id."""
    VANISHED = "vanished"
    NOT_COVERED = "not covered"
    """The survey has no test of its package at all, so that it says nothing of it."""


class CoverageFindingKind(Enum):
    """What an author has to look at, the gravest first."""

    VANISHED = "vanished"
    NOT_COVERED = "not-covered"
    OTHER_ID = "other-id"
    RENAMED = "renamed"
    ADMIN = "admin"
    SECOND_ACCOUNT = "second-account"
    SKIP = "skip-condition"
    FLAG = "outdated-flag"
    """Flagged for a bug of the test, for which the suite no longer skips it."""


class CoverageStage(Enum):
    """What may still be done to a guideline."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


class CapabilityPlace(NamedTuple):
    """A capability in which a test stands."""

    capability: str
    level: Level | None
    """None: no component places the capability."""
    declares_admin: bool


class CoverageFinding(NamedTuple):
    """One matter of one test."""

    matter: CoverageFindingKind
    what: str
    remedy: str
    """What the process allows."""
    is_open: bool
    """Whether there is something to do: it is neither settled nor history."""


class CoveredTest(NamedTuple):
    """One test of the guideline, by name, and what the suite has of it."""

    name: str
    uuid: str | None
    service: str
    places: tuple[CapabilityPlace, ...]
    flag: Flag | None
    """The flag, where the test is flagged wherever it stands."""
    presence: Presence
    names: tuple[str, ...]
    """The names under which the suite has it, the likeliest first."""
    aliased: int
    """Renamed: in how many of its places the aliases have a name of today."""
    surveyed: SurveyedTest | None
    findings: tuple[CoverageFinding, ...]
    stands_beside: bool = False
    """Renamed: whether the name of today stands in the guideline as a test of its own."""

    @property
    def package(self) -> str:
        """The first word of its name: the package whose tests a suite has or has not."""
        return self.name.partition(".")[0]

    @property
    def alias_known(self) -> bool:
        """Renamed, and its aliases know it wherever it stands."""
        return self.presence is Presence.RENAMED and self.aliased == len(self.places)

    @property
    def is_placed(self) -> bool:
        """Whether a component places one of its capabilities, other than as removed."""
        return any(place.level not in {None, Level.REMOVED} for place in self.places)

    @property
    def counts(self) -> bool:
        """Whether a cloud must pass it: it is required and not flagged."""
        return self.flag is None and any(place.level is Level.REQUIRED for place in self.places)


class Coverage(NamedTuple):
    """A guideline against a suite."""

    guideline: str
    stage: CoverageStage
    survey: Survey
    before: Survey | None
    """An older survey, beside which additions are known."""
    tests: tuple[CoveredTest, ...]
    """By distinct name, in the order of the document."""

    @property
    def open(self) -> tuple[CoveredTest, ...]:
        """The tests for which there is something to do."""
        return tuple(test for test in self.tests if any(finding.is_open for finding in test.findings))

    def count(self, presence: Presence) -> int:
        """Distinct names of one presence."""
        return sum(test.presence is presence for test in self.tests)


_LOOK = "look with a suite, or a list, that has the tests of {package}"
_APPROVED = {
    CoverageFindingKind.NOT_COVERED: _LOOK,
    CoverageFindingKind.VANISHED: "flag it [D406], test removed, with action and date; the next guideline leaves it out",
    CoverageFindingKind.OTHER_ID: "its id may not change now (D301): flag it until the next guideline says which test is meant",
    CoverageFindingKind.RENAMED: "add {new} to its aliases; the key stays, for it is the name at approval",
    CoverageFindingKind.ADMIN: "flag it [D400], fails the criteria: it asks for an administrator; the next guideline leaves it out",
    CoverageFindingKind.SECOND_ACCOUNT: "the test stays (D301): name the accounts to testers, or flag it [D400] as a barrier",
    CoverageFindingKind.SKIP: "clouds for which it is skipped are incomplete: flag it [D405] if they are in wide use",
    CoverageFindingKind.FLAG: "nothing here: a flag stays (D311); the next guideline starts without it (D312)",
}
_DRAFT = {
    CoverageFindingKind.NOT_COVERED: _LOOK,
    CoverageFindingKind.VANISHED: "leave it out",
    CoverageFindingKind.OTHER_ID: "take the id of today, if it still tests the same; else leave it out",
    CoverageFindingKind.RENAMED: "make {new} the key, and the old name an alias",
    CoverageFindingKind.ADMIN: "leave it out, or take a test of the same that needs no administrator",
    CoverageFindingKind.SECOND_ACCOUNT: "weigh it: a test should need no more accounts than its capability does",
    CoverageFindingKind.SKIP: "weigh it: a cloud for which it is skipped cannot meet the capability",
    CoverageFindingKind.FLAG: "leave the flag out: a new guideline starts without flags (D312)",
}


def remedy(matter: CoverageFindingKind, stage: CoverageStage, test: CoveredTest) -> str:
    """What may be done, or why nothing is."""
    if not test.is_placed:
        return "nothing: its capability is removed, or in no component"
    new = test.names[0] if test.names else "the new name"
    match stage:
        case CoverageStage.SUPERSEDED:
            return "nothing: a superseded guideline is history"
        case CoverageStage.APPROVED:
            return _settled(matter, test) or _APPROVED[matter].format(new=new, package=test.package)
        case CoverageStage.DRAFT:
            if matter is CoverageFindingKind.RENAMED and asks_admin(test):
                return f"leave it out: as {new} it asks for an administrator"
            if matter is CoverageFindingKind.RENAMED and test.stands_beside:
                return f"leave it out: {new} stands here as a test of its own"
            return _DRAFT[matter].format(new=new, package=test.package)


def asks_admin(test: CoveredTest) -> bool:
    """Whether its class asks for an administrator today."""
    return test.surveyed is not None and any(item.is_admin for item in test.surveyed.credentials)


def _settled(matter: CoverageFindingKind, test: CoveredTest) -> str:
    if test.flag is not None and matter is not CoverageFindingKind.FLAG:
        code = f" ({test.flag.code})" if test.flag.code else ""
        return f"nothing here: it is flagged{code}; the next guideline leaves it out"
    if matter is CoverageFindingKind.RENAMED and test.alias_known:
        return "nothing: its aliases have the new name"
    return ""
