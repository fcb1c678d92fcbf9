"""Plain lists of tests: a name a line (`formats.guideline.lines`), and what the list says of itself.

Comments before the first test may be a header (`formats.guideline.header`). Unless it names a policy, the
usual meaning of a list holds: no test of it may fail (`domain.policies.NONE_FAILED`). Lines with one id are one
test under several names, as in RefStack's answers; where results have several of these names, they are as many
tests (`domain.listed_tests`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from certmark.domain.guidelines import (
    Capability,
    Component,
    ComponentReference,
    Guideline,
    Level,
    Placement,
    Program,
    ProgramKind,
    RequiredTest,
)
from certmark.domain.phrases import count_of, some
from certmark.domain.policies import NONE_FAILED, Policy
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.consistency import look_over
from certmark.formats.guideline.fields import Notes, show
from certmark.formats.guideline.header import header_of
from certmark.formats.guideline.lines import ListedName, names_of

SCHEMA = "test-list"

_LABEL = re.compile(r"\[([^\]]+)\]")
_FIELDS_OF_A_GROUP = 3


def read(text: str, base: str, data: bytes) -> Guideline:
    """The guideline in a plain list. Raises InvalidGuideline, naming the line."""
    notes = Notes()
    header = header_of(text)
    tests = _tests(_named_once(names_of(text, notes), notes), notes)
    if not tests:
        raise InvalidGuideline("it names no test; name a guideline")
    if header.policy is None:
        notes.add(f'it does not say what it means to pass; the policy "{NONE_FAILED.name}" is taken')
    return of_list(
        ListedTests(
            SCHEMA,
            base,
            header.program or header.title or base,
            _grouped(tests),
            header.policy or NONE_FAILED,
            words=(*([header.title] if header.title else []), base),
            title=header.title,
            version=header.version,
            status=header.status,
            source=header.source,
        ),
        {"format": SCHEMA, "text": text},
        notes,
        data,
    )


class ListedTests(NamedTuple):
    """What a guideline is made of where the document is just a list."""

    schema: str
    id: str
    program: str
    """The name of the one program that asks for all of it."""
    capabilities: dict[str, Capability]
    policy: Policy
    releases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Other words by which people ask for the program."""
    title: str | None = None
    version: str | None = None
    status: str | None = None
    source: str | None = None


def of_list(listed: ListedTests, document: Mapping[str, Any], notes: Notes, data: bytes) -> Guideline:
    """One program with one component that requires all of a list."""
    placements = tuple(Placement(Level.REQUIRED, key) for key in listed.capabilities)
    components = {listed.program: Component(listed.program, placements, ())}
    program = Program(
        listed.program,
        ProgramKind.LIST,
        "",
        (ComponentReference(listed.program, None),),
        requires=(),
        optional=(),
        aliases=tuple(dict.fromkeys(word for word in listed.words if word != listed.program)),
    )
    look_over(listed.capabilities, components, (program,), notes)
    return Guideline(
        id=listed.id,
        schema=listed.schema,
        status=listed.status,
        replaces=None,
        releases=listed.releases,
        target_approval=None,
        cutoff=None,
        criteria=(),
        programs=(program,),
        components=components,
        capabilities=listed.capabilities,
        sections=(),
        repositories=(),
        remarks=notes.sentences(),
        document=document,
        data=data,
        policy=listed.policy,
        title=listed.title,
        version=listed.version,
        source=listed.source,
    )


def _named_once(lines: Iterable[ListedName], notes: Notes) -> list[ListedName]:
    """Each name once, with the id that one of its lines has."""
    names: dict[str, ListedName] = {}
    for line in lines:
        earlier = names.setdefault(line.name, line)
        if earlier is line:
            continue
        how = ", with another id; the first one counts" if _differs(earlier, line) else "; it counts once"
        notes.add(f"line {line.number}: {show(line.name)} stands there a second time{how}")
        if earlier.uuid is None and line.uuid is not None:
            names[line.name] = line
    return list(names.values())


def _differs(one: ListedName, other: ListedName) -> bool:
    return None not in (one.uuid, other.uuid) and one.uuid != other.uuid


def _tests(lines: Iterable[ListedName], notes: Notes) -> list[RequiredTest]:
    """Lines with one id are one test; the first of them gives the name."""
    together: dict[str, list[ListedName]] = {}
    for line in lines:
        together.setdefault(line.uuid or line.name, []).append(line)
    shared = [uuid for uuid, same in together.items() if len(same) > 1]
    if shared:
        ids = count_of(len(shared), "id stands", "ids stand")
        notes.add(f"{ids} under several names: each is one test with other names ({some(shared, 3)})")
    return [_test(same) for same in together.values()]


def _test(same: list[ListedName]) -> RequiredTest:
    first = same[0]
    aliases = (name for line in same for name in (line.name, line.other_name) if name not in {None, first.name})
    return RequiredTest(
        first.name, first.uuid, first.written_id, tuple(dict.fromkeys(alias for alias in aliases if alias)), None
    )


def _grouped(tests: Iterable[RequiredTest]) -> dict[str, Capability]:
    groups: dict[str, list[RequiredTest]] = {}
    for test in tests:
        groups.setdefault(group_of(test.name), []).append(test)
    return {key: capability(key, tuple(members)) for key, members in groups.items()}


def group_of(name: str) -> str:
    """A group for people: the label before a name (`[sig-apps] …`), else up to three packages around its module."""
    label = _LABEL.match(name)
    if label is not None:
        return label[1]
    if " " in name.partition("(")[0]:
        return "other"
    packages = name.partition("(")[0].split(".")[:-2]
    while packages and packages[-1].startswith("test_"):
        packages.pop()
    return ".".join(packages[:_FIELDS_OF_A_GROUP]) or "other"


def capability(key: str, tests: tuple[RequiredTest, ...], description: str = "") -> Capability:
    """A capability that is a group of tests and nothing more."""
    return Capability(key, key, description, None, None, (), None, tests)
