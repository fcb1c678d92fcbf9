"""What a coverage is made of: `domain.coverage` has the rules, `domain.remedies` what the process allows."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from certmark.domain.guidelines import Flag, Level
from certmark.domain.surveys import Survey, Surveyed


class Presence(Enum):
    """Whether the suite still has a test of a guideline."""

    EXISTS = "exists"
    RENAMED = "renamed"
    OTHER_ID = "another test"
    """Its name stands there with another id."""
    VANISHED = "vanished"


class CoverageFindingKind(Enum):
    """What an author has to look at, the gravest first."""

    VANISHED = "vanished"
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


class Covered(NamedTuple):
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
    surveyed: Surveyed | None
    findings: tuple[CoverageFinding, ...]

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
    tests: tuple[Covered, ...]
    """By distinct name, in the order of the document."""

    @property
    def open(self) -> tuple[Covered, ...]:
        """The tests for which there is something to do."""
        return tuple(test for test in self.tests if any(finding.is_open for finding in test.findings))

    def count(self, presence: Presence) -> int:
        """Distinct names of one presence."""
        return sum(test.presence is presence for test in self.tests)
