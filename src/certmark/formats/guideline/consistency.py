"""What is odd in a guideline as a whole: references into nothing, ids and names used twice.

All of it occurs in published guidelines. Nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from certmark.domain.guidelines import Capability, Component, Level, Program, RequiredTest
from certmark.formats.guideline.fields import Notes, show


def look_over(
    capabilities: Mapping[str, Capability],
    components: Mapping[str, Component],
    programs: Iterable[Program],
    notes: Notes,
) -> None:
    """Add a remark to `notes` for each odd thing between the parts of a document."""
    for sentence in _all(capabilities, components, tuple(programs)):
        notes.add(sentence)


def _all(
    capabilities: Mapping[str, Capability], components: Mapping[str, Component], programs: tuple[Program, ...]
) -> Iterator[str]:
    yield from _of_programs(programs, components)
    yield from _of_placements(capabilities, components)
    yield from _of_required(capabilities, components)
    names: dict[str, list[tuple[str, RequiredTest]]] = {}
    for key, capability in capabilities.items():
        for test in capability.tests:
            names.setdefault(test.name, []).append((key, test))
    yield from _of_ids(names)
    yield from _of_aliases(names)
    yield from _of_doubles(names)


def _of_programs(programs: tuple[Program, ...], components: Mapping[str, Component]) -> Iterator[str]:
    if not programs:
        yield "it defines no program"
    for program in programs:
        for reference in program.components:
            if reference.name not in components:
                where = f"points to {show(reference.source)}" if reference.source else "is not defined"
                yield f'program "{show(program.name)}": component {show(reference.name)} {where}'


def _of_placements(capabilities: Mapping[str, Capability], components: Mapping[str, Component]) -> Iterator[str]:
    placed = set()
    for component in components.values():
        levels: dict[str, Level] = {}
        for level, key in component.capabilities:
            placed.add(key)
            if key not in capabilities:
                yield f"component {show(component.name)}: {level.value} capability {show(key)} is not defined"
            elif levels.setdefault(key, level) is not level:
                yield f"component {show(component.name)}: {show(key)} is {levels[key].value} and {level.value}"
    for key in capabilities:
        if key not in placed:
            yield f"capability {show(key)} is in no component"


def _of_required(capabilities: Mapping[str, Capability], components: Mapping[str, Component]) -> Iterator[str]:
    required = dict.fromkeys(
        placement.subject
        for component in components.values()
        for placement in component.capabilities
        if placement.level is Level.REQUIRED
    )
    for key in required:
        capability = capabilities.get(key)
        if capability is not None and not capability.tests:
            yield f"required capability {show(key)} has no test"
        elif capability is not None and all(test.flag is not None for test in capability.tests):
            yield f"required capability {show(key)} has flagged tests only"


_Names = Mapping[str, list[tuple[str, RequiredTest]]]


def _of_ids(names: _Names) -> Iterator[str]:
    by_id: dict[str, list[str]] = {}
    groups: dict[str, set[str | None]] = {}
    decorated = 0
    for name, entries in names.items():
        test = entries[0][1]
        if test.uuid is not None:
            by_id.setdefault(test.uuid, []).append(name)
            groups.setdefault(test.uuid, set()).add(test.any_of)
            decorated += "," in (test.written_id or "")
    if decorated:
        yield f'{decorated} ids carry attributes, such as "id-…,smoke"; the uuid is read'
    for uuid, same in by_id.items():
        if len(same) > 1 and (None in groups[uuid] or len(groups[uuid]) > 1):
            yield f"id {uuid} stands under {len(same)} names: {', '.join(same[:3])}"


def _of_aliases(names: _Names) -> Iterator[str]:
    owners: dict[str, str] = {}
    for name, entries in names.items():
        for alias in dict.fromkeys(alias for _, test in entries for alias in test.aliases):
            if alias == name:
                yield f"test {name} is its own alias"
            elif alias in names:
                yield f"alias {alias} of {name} is a test of its own, too"
            elif owners.setdefault(alias, name) != name:
                yield f"alias {alias} stands at {owners[alias]} and at {name}"


def _of_doubles(names: _Names) -> Iterator[str]:
    """One test in several capabilities: fine, unless they tell it differently."""
    for name, entries in names.items():
        if len(entries) == 1:
            continue
        tests = [test for _, test in entries]
        where = " and ".join(show(key) for key, _ in entries[:3])
        if len({test.uuid for test in tests}) > 1:
            yield f"test {name} has different ids in {where}"
        if len({test.aliases for test in tests}) > 1:
            yield f"test {name} has different aliases in {where}"
        if len({test.flag is None for test in tests}) > 1:
            yield f"test {name} is flagged in one capability and not in another: {where}"
