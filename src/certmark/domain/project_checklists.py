"""What the lead of a project looks at in a guideline, as boxes to tick.

1. The project's capabilities are those that name it; a test is the project's if one of them has it.
2. With the guideline before it: which capabilities and tests came, went or moved.
3. With a suite: whom the tests act as, under which conditions they are skipped, what is open; with an older survey
   only the conditions that were gained. Candidates are of the services of the project's own tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from certmark.domain.coverage import accounts_of, service_of
from certmark.domain.covered_tests import Coverage, CoverageFindingKind, CoveredTest
from certmark.domain.errors import InvalidRequest
from certmark.domain.gaps import Gaps
from certmark.domain.guideline_briefs import GuidelineBrief
from certmark.domain.guidelines import Capability, Guideline
from certmark.domain.phrases import counted
from certmark.domain.programs import levels_of
from certmark.domain.suggestions import did_you_mean

_MOST_CANDIDATES = 25


class ChecklistRow(NamedTuple):
    """One thing to look at."""

    what: str
    notes: tuple[str, ...] = ()


class ChecklistPart(NamedTuple):
    """Boxes of one kind."""

    title: str
    boxes: tuple[ChecklistRow, ...]


class ProjectChecklist(NamedTuple):
    """All boxes of one project."""

    guideline: Guideline
    project: str
    parts: tuple[ChecklistPart, ...]
    """Those that have a box."""


class SuiteOverview(NamedTuple):
    """What a suite says of the guideline's tests."""

    coverage: Coverage
    gaps: Gaps | None


def checklist_for(
    guideline: Guideline, project: str, *, brief: GuidelineBrief | None = None, suite: SuiteOverview | None = None
) -> ProjectChecklist:
    """The boxes. Raises InvalidRequest where no capability names the project."""
    keys = {key: one for key, one in guideline.capabilities.items() if one.project == project}
    if not keys:
        known = sorted({one.project for one in guideline.capabilities.values() if one.project})
        meant = did_you_mean(project, known)
        there = f"there are {', '.join(known)}" if known else "none of them names a project"
        raise InvalidRequest(f"no capability of {guideline.id} is of {project}{meant}; {there}")
    parts = [
        ChecklistPart("Capabilities: does every cloud still have them?", tuple(_own(guideline, keys.values()))),
        ChecklistPart("What changed since the guideline before", tuple(_changes(project, brief))),
        ChecklistPart("Flags: does the reason still hold?", tuple(_flags(keys.values()))),
        *(_of_suite(guideline, keys, suite) if suite is not None else ()),
    ]
    return ProjectChecklist(guideline, project, tuple(part for part in parts if part.boxes))


def _own(guideline: Guideline, capabilities: Iterable[Capability]) -> Iterator[ChecklistRow]:
    levels = levels_of(guideline, guideline.components)
    for capability in capabilities:
        level = levels.get(capability.key)
        placed = level.value if level is not None else "in no component"
        yield ChecklistRow(
            f"{capability.key} ({placed}, {counted(len(capability.tests), 'test')})",
            tuple(filter(None, (" ".join(capability.description.split()),))),
        )


def _changes(project: str, brief: GuidelineBrief | None) -> Iterator[ChecklistRow]:
    """Rule 2."""
    for one in brief.projects if brief is not None else ():
        if one.project == project:
            for change in one.changes:
                ends = " → ".join(filter(None, (change.before, change.after)))
                places = f"in {', '.join(change.places)}" if change.places else ""
                yield ChecklistRow(f"{change.kind.value}: {change.subject}", tuple(filter(None, (ends, places))))


def _flags(capabilities: Iterable[Capability]) -> Iterator[ChecklistRow]:
    for capability in capabilities:
        for test in capability.tests:
            if test.flag is not None:
                notes = (test.flag.reason, test.flag.action, test.flag.date and f"since {test.flag.date}")
                yield ChecklistRow(test.name, tuple(filter(None, notes)))


def _of_suite(guideline: Guideline, keys: Mapping[str, Capability], suite: SuiteOverview) -> Iterator[ChecklistPart]:
    """Rule 3."""
    coverage = suite.coverage
    tests = [test for test in coverage.tests if any(place.capability in keys for place in test.places)]
    yield ChecklistPart("Open in the suite of today", tuple(_open(tests)))
    gained = coverage.before is not None
    title = "Conditions of skipping that were gained" if gained else "Conditions under which tests to pass are skipped"
    yield ChecklistPart(title, tuple(_gained(tests) if gained else _conditions(tests)))
    yield ChecklistPart("Accounts that the tests to pass ask for: are they needed?", tuple(_accounts(tests)))
    if suite.gaps is not None:
        yield ChecklistPart("Candidates", tuple(_candidates(guideline, keys, suite.gaps)))


def _open(tests: Iterable[CoveredTest]) -> Iterator[ChecklistRow]:
    for test in tests:
        found = [one for one in test.findings if one.is_open and one.matter is not CoverageFindingKind.SKIP]
        # Who needs a second account stands below, once for all tests.
        found = [one for one in found if one.matter is not CoverageFindingKind.SECOND_ACCOUNT]
        if found:
            yield ChecklistRow(test.name, tuple(f"{one.what}: {one.remedy}" for one in found))


def _gained(tests: Iterable[CoveredTest]) -> Iterator[ChecklistRow]:
    for test in tests:
        gained = [one.what for one in test.findings if one.matter is CoverageFindingKind.SKIP]
        if gained:
            yield ChecklistRow(test.name, tuple(gained))


def _conditions(tests: Iterable[CoveredTest]) -> Iterator[ChecklistRow]:
    counts = Counter(
        condition for test in tests if test.counts and test.surveyed is not None for condition in test.surveyed.skips
    )
    for condition, count in counts.most_common():
        yield ChecklistRow(f"{counted(count, 'test')} {condition}")


def _accounts(tests: Iterable[CoveredTest]) -> Iterator[ChecklistRow]:
    counts = Counter(
        accounts_of(test.surveyed.credentials) for test in tests if test.counts and test.surveyed is not None
    )
    for accounts, count in counts.most_common():
        yield ChecklistRow(f"{counted(count, 'test')}: {accounts}")


def _candidates(guideline: Guideline, keys: Mapping[str, Capability], gaps: Gaps) -> Iterator[ChecklistRow]:
    services = _services(guideline)
    own = {service for service, project in services.items() if project == next(iter(keys.values())).project}
    found = [candidate for candidate in gaps.candidates if candidate.service in own]
    for candidate in found[:_MOST_CANDIDATES]:
        tests = counted(len(candidate.tests), "test")
        yield ChecklistRow(f"{candidate.key}: {tests}, {candidate.plain} plain", (candidate.operation,))
    if len(found) > _MOST_CANDIDATES:
        yield ChecklistRow(f"and {len(found) - _MOST_CANDIDATES} more")


def _services(guideline: Guideline) -> dict[str, str]:
    """For each service of the tests the project whose capabilities have most of them."""
    counts: dict[str, Counter[str]] = {}
    for capability in guideline.capabilities.values():
        for test in capability.tests if capability.project else ():
            counts.setdefault(service_of(test.name), Counter())[capability.project or ""] += 1
    return {service: projects.most_common(1)[0][0] for service, projects in counts.items()}
