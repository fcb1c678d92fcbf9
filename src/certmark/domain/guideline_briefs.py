"""What the change from one guideline to the next means for those who must act: who must do what, by when.

1. A day is the target approval of the later guideline; where it has none, none is made up.
2. The board decides on a guideline that is not approved, and on every capability that becomes required or leaves.
3. Vendors must pass what is new for their program, or counts again because its flag is gone.
4. The lead of a project looks at each capability of it that came, went or changed its level, and at each of its tests
   that changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from certmark.domain.changes import ChangeKind, GuidelineChange
from certmark.domain.guideline_changes import changes_between, is_list
from certmark.domain.guidelines import Guideline
from certmark.domain.must_pass import DemandComparison, must_pass
from certmark.domain.phrases import are, counted, some


class Audience(Enum):
    """For whom a brief is."""

    BOARD = "board"
    VENDORS = "vendors"
    PTL = "ptl"
    """The leads of the projects."""


class Duty(NamedTuple):
    """What somebody must do."""

    audience: Audience
    what: str
    names: tuple[str, ...] = ()
    """With what: capabilities or tests."""


class ProjectPart(NamedTuple):
    """What a project's lead looks at."""

    project: str
    changes: tuple[GuidelineChange, ...]


class GuidelineBrief(NamedTuple):
    """The change from one guideline to another, for people who must act."""

    before: Guideline
    after: Guideline
    changes: tuple[GuidelineChange, ...]
    programs: tuple[DemandComparison, ...]
    by: str | None
    """The month or day of approval, as written (rule 1)."""
    duties: tuple[Duty, ...]
    counts_again: tuple[str, ...]
    """Tests whose flag is gone and that some program demands."""
    projects: tuple[ProjectPart, ...]
    """By name of the project."""

    def of(self, *kinds: ChangeKind) -> tuple[GuidelineChange, ...]:
        """The changes of these kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)


LEAVING = (
    *(ChangeKind.BECAME_ADVISORY, ChangeKind.BECAME_DEPRECATED, ChangeKind.BECAME_REMOVED),
    *(ChangeKind.TAKEN_OUT, ChangeKind.CAPABILITY_GONE),
)
"""Kinds in which a required capability stops being one."""


def brief_of(before: Guideline, after: Guideline) -> GuidelineBrief:
    """Work it out; `changes` are those of `changes_between`."""
    changes = changes_between(before, after)
    programs = must_pass(before, after)
    demanded = {name for program in programs for name in program.after or ()}
    unflagged = dict.fromkeys(change.subject for change in changes if change.kind is ChangeKind.FLAG_REMOVED)
    again = tuple(name for name in unflagged if name in demanded)
    duties = [*_of_board(after, changes), *_of_vendors(changes, programs, again)]
    projects = tuple(_by_project(before, after, changes))
    duties += [Duty(Audience.PTL, f"{one.project}: look at {counted(len(one.changes), 'change')}") for one in projects]
    return GuidelineBrief(before, after, changes, programs, after.target_approval, tuple(duties), again, projects)


def required_now(changes: Sequence[GuidelineChange]) -> tuple[str, ...]:
    """Capabilities that are required from now on, and were not."""
    kinds = (ChangeKind.BECAME_REQUIRED, ChangeKind.CAPABILITY_ADDED, ChangeKind.PLACED)
    found = (change.subject for change in changes if change.kind in kinds and change.after == "required")
    return tuple(dict.fromkeys(found))


def leaving(changes: Sequence[GuidelineChange]) -> tuple[str, ...]:
    """Capabilities that were required, and are no longer."""
    found = (change.subject for change in changes if change.kind in LEAVING and change.before == "required")
    return tuple(dict.fromkeys(found))


def _of_board(after: Guideline, changes: Sequence[GuidelineChange]) -> Iterator[Duty]:
    """Rule 2."""
    if not is_list(after) and (after.status or "").strip().casefold() not in {"approved", "superseded"}:
        yield Duty(Audience.BOARD, f"decide on {after.id}, whose status is {after.status or 'not said'}")
    new, old = required_now(changes), leaving(changes)
    if new:
        yield Duty(Audience.BOARD, f"agree that {_capabilities(new)} required from now on", new)
    if old:
        yield Duty(Audience.BOARD, f"agree that {_capabilities(old)} no longer required", old)


def _capabilities(keys: Sequence[str]) -> str:
    return f"{counted(len(keys), 'capability', 'capabilities')} {are(len(keys))}"


def _verb(names: Sequence[str]) -> str:
    return "counts" if len(names) == 1 else "count"


def _of_vendors(
    changes: Sequence[GuidelineChange], programs: Sequence[DemandComparison], again: Sequence[str]
) -> Iterator[Duty]:
    """Rule 3."""
    for program in programs:
        if program.after is None:
            yield Duty(Audience.VENDORS, f"choose another program: {program.program} is gone")
        elif program.before is not None and program.new:
            total = f"{len(program.after)} in all"
            tests = counted(len(program.new), "more test")
            yield Duty(Audience.VENDORS, f"pass {tests} for {program.program}, {total}", program.new)
    if again:
        tests = counted(len(again), "test")
        yield Duty(Audience.VENDORS, f"pass {tests} no longer flagged, which {_verb(again)} again", tuple(again))
    dropped = [change.subject for change in changes if change.kind is ChangeKind.RELEASE_DROPPED]
    if dropped:
        yield Duty(Audience.VENDORS, f"test a release that is still covered: {some(dropped)} no longer are")


_OF_CAPABILITIES = frozenset(
    (
        *(ChangeKind.BECAME_REQUIRED, ChangeKind.PLACED, ChangeKind.CAPABILITY_ADDED, *LEAVING),
        *(ChangeKind.CAPABILITY_RENAMED, ChangeKind.CAPABILITY_MERGED, ChangeKind.CAPABILITY_SPLIT),
        *(ChangeKind.CAPABILITY_ADMIN, ChangeKind.BECAME_INFORMATIONAL),
    )
)
_OF_TESTS = frozenset(
    (
        *(ChangeKind.TEST_ADDED, ChangeKind.TEST_REMOVED, ChangeKind.TEST_RENAMED, ChangeKind.TEST_MOVED),
        *(ChangeKind.TEST_ID, ChangeKind.FLAG_ADDED, ChangeKind.FLAG_REMOVED),
    )
)


def project_of(guideline: Guideline, key: str) -> str | None:
    """The project of the capability of this key, where the document says one."""
    capability = guideline.capabilities.get(key)
    return capability.project if capability is not None else None


def _by_project(before: Guideline, after: Guideline, changes: Sequence[GuidelineChange]) -> Iterator[ProjectPart]:
    """Rule 4."""
    found: dict[str, list[GuidelineChange]] = {}
    for change in changes:
        if change.kind in _OF_CAPABILITIES:
            keys = [change.subject]
        elif change.kind in _OF_TESTS:
            keys = list(change.places) or change.after.split(", ")
        else:
            continue
        projects = (project_of(after, key) or project_of(before, key) for key in keys)
        for project in dict.fromkeys(project for project in projects if project):
            found.setdefault(project, []).append(change)
    yield from (ProjectPart(project, tuple(found[project])) for project in sorted(found))
