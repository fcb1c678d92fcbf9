"""Kinds of changes from one guideline to another, and a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple


class Topic(Enum):
    """What a change is about, in the order in which a board wants to know."""

    TERMS = "terms"
    PROGRAMS = "programs"
    CAPABILITIES = "capabilities"
    TESTS = "tests"
    FLAGS = "flags"
    SCORING = "scoring"
    SECTIONS = "sections"
    OTHER = "other"


class ChangeKind(Enum):
    """A kind of change; its value is stable."""

    IDENTITY = "id changed"
    REPLACES = "predecessor changed"
    SCHEMA = "schema changed"
    STATUS = "status changed"
    TARGET_APPROVAL = "target approval changed"
    RELEASE_DROPPED = "release dropped"
    RELEASE_ADDED = "release added"
    REPOSITORY = "test repository changed"
    POLICY = "policy changed"
    PROGRAM_ADDED = "program added"
    PROGRAM_REMOVED = "program removed"
    PROGRAM_RENAMED = "program renamed"
    PROGRAM_COMPONENTS = "program's components changed"
    PROGRAM_HOST = "program's host components changed"
    BECAME_REQUIRED = "capability became required"
    BECAME_ADVISORY = "capability became advisory"
    BECAME_DEPRECATED = "capability became deprecated"
    BECAME_REMOVED = "capability became removed"
    BECAME_INFORMATIONAL = "capability became informational"
    PLACED = "capability placed in a component"
    TAKEN_OUT = "capability taken out of a component"
    CAPABILITY_ADDED = "capability added"
    CAPABILITY_GONE = "capability gone"
    CAPABILITY_RENAMED = "capability renamed"
    CAPABILITY_MERGED = "capability merged"
    CAPABILITY_SPLIT = "capability split"
    CAPABILITY_ADMIN = "capability's admin changed"
    CAPABILITY_REWORDED = "capability reworded"
    TEST_ADDED = "test added"
    TEST_REMOVED = "test removed"
    TEST_RENAMED = "test renamed"
    TEST_MOVED = "test moved"
    TEST_ID = "test's id changed"
    ALIAS_ADDED = "alias added"
    ALIAS_REMOVED = "alias removed"
    FLAG_ADDED = "flag added"
    FLAG_REMOVED = "flag removed"
    FLAG_REASON = "flag's reason changed"
    CUTOFF = "cut-off changed"
    CRITERION_ADDED = "criterion added"
    CRITERION_REMOVED = "criterion removed"
    WEIGHT = "weight changed"
    CRITERION_REWORDED = "criterion reworded"
    ACHIEVEMENTS = "achievements changed"
    SECTION_ADDED = "section added"
    SECTION_REMOVED = "section removed"
    SECTION_MOVED = "section moved"
    SECTION_REWORDED = "section reworded"
    SECTION_PART = "part of a section changed"
    OTHER = "other difference"
    """A place of the documents of which no other kind tells; the subject is its path."""
    ORDER = "order changed"
    """Told once, with the first places whose keys or lists stand in another order."""


class GuidelineChange(NamedTuple):
    """One thing that changed."""

    kind: ChangeKind
    subject: str
    """What changed: a key, a name, a release."""
    before: str = ""
    """What it was; empty where there was nothing or nothing needs to be said."""
    after: str = ""
    places: tuple[str, ...] = ()
    """Components of a capability, capabilities of a test."""

    @property
    def topic(self) -> Topic:
        """What it is about."""
        return _TOPICS[self.kind]


_FIRST_OF_TOPIC = {
    ChangeKind.IDENTITY: Topic.TERMS,
    ChangeKind.PROGRAM_ADDED: Topic.PROGRAMS,
    ChangeKind.BECAME_REQUIRED: Topic.CAPABILITIES,
    ChangeKind.TEST_ADDED: Topic.TESTS,
    ChangeKind.FLAG_ADDED: Topic.FLAGS,
    ChangeKind.CUTOFF: Topic.SCORING,
    ChangeKind.SECTION_ADDED: Topic.SECTIONS,
    ChangeKind.OTHER: Topic.OTHER,
}


def _topics() -> Iterator[tuple[ChangeKind, Topic]]:
    topic = Topic.TERMS
    for kind in ChangeKind:
        topic = _FIRST_OF_TOPIC.get(kind, topic)
        yield kind, topic


_TOPICS = dict(_topics())


def count_kinds(changes: Iterable[GuidelineChange]) -> dict[ChangeKind, int]:
    """How often each kind occurs, in the order of the kinds.

    A capability that moves in two components counts once; every alias and every other difference counts.
    """
    subjects: dict[ChangeKind, set[tuple[str, ...]]] = {}
    for change in changes:
        subject = (change.subject, change.before, change.after) if change.kind in _EVERY else (change.subject,)
        subjects.setdefault(change.kind, set()).add(subject)
    return {kind: len(subjects[kind]) for kind in ChangeKind if kind in subjects}


_EVERY = frozenset((ChangeKind.ALIAS_ADDED, ChangeKind.ALIAS_REMOVED, ChangeKind.OTHER))

REWORDINGS = frozenset(
    (ChangeKind.FLAG_REASON, ChangeKind.CAPABILITY_REWORDED, ChangeKind.CRITERION_REWORDED, ChangeKind.SECTION_REWORDED)
)
"""Changes of wording: what must be passed stays."""


def listing(names: Iterable[str]) -> str:
    """Names in one text, in the order of the alphabet."""
    return ", ".join(sorted(names))


def words_of(text: str) -> str:
    """`text` with single blanks: another layout is no other wording."""
    return " ".join(text.split())
