"""What changed from one guideline to another, in the words of the process; across schema versions, too.

1. Capabilities are known by their keys, and levels are compared component by component. A component of the
   schemas 1.x is the one that it became in 2.0 (`compute` became `os_powered_compute`, `object` `os_powered_storage`).
2. A test is known by its name, else by its id where that leads to one test on each side, else by an alias.
   A test under another name is renamed, never gone and new.
3. A capability that went is merged, split or renamed where its tests now stand in capabilities that did not have
   them before; else it is gone.
4. A flag belongs to the test, wherever the test stands.
5. Programs are known by their names or by the words that people use for them.
6. What the documents say differently beyond that is told place by place (`domain.other_changes`): no change at all
   means that both documents are equal.
7. Of two lists of tests only the tests are compared: programs and groups are made up from names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from certmark.domain.capability_changes import (
    Pairing,
    capability_changes,
    changes_of_tests,
    flag_changes,
    modern_component,
    paired,
)
from certmark.domain.changes import ChangeKind, GuidelineChange, listing, words_of
from certmark.domain.guidelines import Guideline, Program, ProgramKind
from certmark.domain.other_changes import other_changes
from certmark.domain.written_achievements import written_achievements


def changes_between(before: Guideline, after: Guideline) -> tuple[GuidelineChange, ...]:
    """What changed, topic by topic; nothing only where both documents are equal, in whatever layout."""
    tests = paired(before, after)
    if is_list(before) and is_list(after):  # Rule 7.
        found = [*_terms(before, after), *(change._replace(places=()) for change in _tests_alone(before, after, tests))]
    else:
        found = [
            *_terms(before, after),
            *_programs(before, after),
            *capability_changes(before, after, tests),
            *changes_of_tests(before, after, tests),
            *flag_changes(tests),
            *_scoring(before, after),
            *_sections(before, after),
        ]
    found += other_changes(before, after, tests, found)
    order = {kind: number for number, kind in enumerate(ChangeKind)}
    return tuple(sorted(found, key=lambda change: order[change.kind]))


def is_list(guideline: Guideline) -> bool:
    """Whether it is nothing but a list of tests."""
    return "text" in guideline.document and [one.kind for one in guideline.programs] == [ProgramKind.LIST]


def _tests_alone(before: Guideline, after: Guideline, tests: Pairing) -> Iterator[GuidelineChange]:
    moved = (ChangeKind.TEST_MOVED,)
    yield from (change for change in changes_of_tests(before, after, tests) if change.kind not in moved)


def _terms(before: Guideline, after: Guideline) -> Iterator[GuidelineChange]:
    for kind, old, new in (
        (ChangeKind.IDENTITY, _written_id(before), _written_id(after)),
        (ChangeKind.REPLACES, before.replaces, after.replaces),
        (ChangeKind.SCHEMA, before.schema, after.schema),
        (ChangeKind.STATUS, before.status, after.status),
        (ChangeKind.TARGET_APPROVAL, before.target_approval, after.target_approval),
        (ChangeKind.POLICY, before.policy.name, after.policy.name),
    ):
        if old != new:
            yield GuidelineChange(kind, kind.value.partition(" changed")[0], old or "", new or "")
    yield from _set_changes(before.releases, after.releases, ChangeKind.RELEASE_DROPPED, ChangeKind.RELEASE_ADDED)
    then = {repository.name: repository for repository in before.repositories}
    for repository in after.repositories:
        old_one = then.get(repository.name)
        if old_one is not None and old_one.reference != repository.reference:
            yield GuidelineChange(
                ChangeKind.REPOSITORY, repository.name, old_one.reference or "", repository.reference or ""
            )
        elif old_one is None:
            yield GuidelineChange(ChangeKind.REPOSITORY, repository.name, "", repository.url)
    now = {repository.name for repository in after.repositories}
    yield from (
        GuidelineChange(ChangeKind.REPOSITORY, name, repository.url, "")
        for name, repository in then.items()
        if name not in now
    )


def _written_id(guideline: Guideline) -> str | None:
    """The id in the document, not one that was made of the file's name."""
    document: Any = guideline.document
    places = (document.get("metadata"), document)
    found = (place.get(key) for place in places if isinstance(place, dict) for key in ("id", "release"))
    return next((value for value in found if isinstance(value, str) and value), None)


def _set_changes(
    before: Iterable[str], after: Iterable[str], gone: ChangeKind, new: ChangeKind
) -> Iterator[GuidelineChange]:
    old, now = dict.fromkeys(before), dict.fromkeys(after)
    yield from (GuidelineChange(gone, name) for name in old if name not in now)
    yield from (GuidelineChange(new, name) for name in now if name not in old)


def _programs(before: Guideline, after: Guideline) -> Iterator[GuidelineChange]:
    """Rule 5."""
    pairs = paired_programs(before, after)
    for program, old in pairs:
        if old is None:
            yield GuidelineChange(ChangeKind.PROGRAM_ADDED, program.name, "", listing(_members(program)))
            continue
        if old.name != program.name:
            yield GuidelineChange(ChangeKind.PROGRAM_RENAMED, program.name, old.name, program.name)
        if _members(old) != _members(program):
            components = listing(_members(old)), listing(_members(program))
            yield GuidelineChange(ChangeKind.PROGRAM_COMPONENTS, program.name, *components)
        hosts = listing(_hosts(old)), listing(_hosts(program))
        if hosts[0] != hosts[1]:
            yield GuidelineChange(ChangeKind.PROGRAM_HOST, program.name, *hosts)
    yield from (
        GuidelineChange(ChangeKind.PROGRAM_REMOVED, program.name, listing(_members(program)))
        for program in before.programs
        if all(old is not program for _, old in pairs)
    )


def paired_programs(before: Guideline, after: Guideline) -> tuple[tuple[Program, Program | None], ...]:
    """Each program of `after` with what it was in `before` (rule 5); None: it is new."""
    left = list(before.programs)
    pairs = []
    for program in after.programs:
        words = {program.name, *program.aliases}
        old = next((one for one in left if one.name == program.name), None) or next(
            (one for one in left if words & {one.name, *one.aliases}), None
        )
        if old is not None:
            left.remove(old)
        pairs.append((program, old))
    return tuple(pairs)


def _members(program: Program) -> frozenset[str]:
    return frozenset(modern_component(reference.name) for reference in program.components)


def _hosts(program: Program) -> frozenset[str]:
    return frozenset(modern_component(reference.name) for reference in (*program.requires, *program.optional))


def _scoring(before: Guideline, after: Guideline) -> Iterator[GuidelineChange]:
    if before.cutoff != after.cutoff:
        yield GuidelineChange(ChangeKind.CUTOFF, "cut-off", _number(before.cutoff), _number(after.cutoff))
    then = {criterion.key: criterion for criterion in before.criteria}
    now = {criterion.key: criterion for criterion in after.criteria}
    for key, criterion in now.items():
        old = then.get(key)
        if old is None:
            yield GuidelineChange(ChangeKind.CRITERION_ADDED, key, "", str(criterion.weight))
            continue
        if old.weight != criterion.weight:
            yield GuidelineChange(ChangeKind.WEIGHT, key, str(old.weight), str(criterion.weight))
        if words_of(old.description) != words_of(criterion.description):
            yield GuidelineChange(ChangeKind.CRITERION_REWORDED, key, old.description, criterion.description)
    yield from (
        GuidelineChange(ChangeKind.CRITERION_REMOVED, key, str(old.weight))
        for key, old in then.items()
        if key not in now
    )
    yield from _achievements(before, after)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _achievements(before: Guideline, after: Guideline) -> Iterator[GuidelineChange]:
    for key in after.capabilities:
        if key in before.capabilities:
            old, new = (_achieved(one, key) for one in (before, after))
            if set(old) != set(new):
                yield GuidelineChange(ChangeKind.ACHIEVEMENTS, key, listing(old), listing(new))


def _achieved(guideline: Guideline, key: str) -> tuple[str, ...]:
    """As scores read them: a misspelt key counts."""
    found = written_achievements(guideline, key)
    return found.words if found is not None else ()


def _sections(before: Guideline, after: Guideline) -> Iterator[GuidelineChange]:
    then, now = _section_levels(before), _section_levels(after)
    for project, levels in now.items():
        old = then.get(project)
        if old is None:
            yield GuidelineChange(ChangeKind.SECTION_ADDED, project, "", listing(levels))
        elif set(old) != set(levels):
            yield GuidelineChange(ChangeKind.SECTION_MOVED, project, listing(old), listing(levels))
        elif any(old[level] != levels[level] for level in levels):
            yield GuidelineChange(
                ChangeKind.SECTION_REWORDED, project, "; ".join(old.values()), "; ".join(levels.values())
            )
    yield from _parts(before, after)
    yield from (
        GuidelineChange(ChangeKind.SECTION_REMOVED, project, listing(old))
        for project, old in then.items()
        if project not in now
    )


def _parts(before: Guideline, after: Guideline) -> Iterator[GuidelineChange]:
    """Parts of the code of a project that are designated, and no longer or newly so."""
    then, now = _designations(before), _designations(after)
    for part in dict.fromkeys((*then, *now)):
        if part[0] in _projects(before) & _projects(after) and then.get(part) != now.get(part):
            yield GuidelineChange(
                ChangeKind.SECTION_PART, f"{part[0]}: {part[1]}", then.get(part, ""), now.get(part, "")
            )


def _projects(guideline: Guideline) -> set[str]:
    return {section.project for section in guideline.sections}


def _designations(guideline: Guideline) -> dict[tuple[str, str], str]:
    """By project and part; the readers keep the parts in the document only."""
    found: dict[tuple[str, str], str] = {}
    for section in guideline.sections:
        project, level = section.project, section.level.value
        for key, steps in (("designated_sections", (project, level)), ("designated-sections", (level, project))):
            content: Any = guideline.document.get(key)
            for step in (*steps, "sections"):
                content = content.get(step) if isinstance(content, dict) else None
            for part, told in content.items() if isinstance(content, dict) else ():
                designated = told.get("designated") if isinstance(told, dict) else None
                found[project, str(part)] = "designated" if designated is True else "not designated"
    return found


def _section_levels(guideline: Guideline) -> dict[str, dict[str, str]]:
    """By project the guidance at each level."""
    found: dict[str, dict[str, str]] = {}
    for section in guideline.sections:
        found.setdefault(section.project, {})[section.level.value] = words_of(section.guidance)
    return found
