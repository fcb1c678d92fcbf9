"""Plain lists of tests: one `name[id-<uuid>,attributes]` or bare name a line.

A `#` begins a comment. Comments before the first test may say `title: …` and `policy: …` (a
policy's name, or its object in one line). Unless they do, the usual meaning of a list holds: no
test of it may fail (`domain.policies.NONE_FAILED`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from certmark.domain.identity import split
from certmark.domain.policies import NONE_FAILED, InvalidPolicy, Policy, policy_from
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.consistency import look_over
from certmark.formats.guideline.document import parsed
from certmark.formats.guideline.fields import Notes, checked_name, show

SCHEMA = "test-list"

_HEADER = re.compile(r"#\s*(title|policy)\s*:\s*(.*\S)", re.IGNORECASE)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_NAME = re.compile(r"[^\s,;<>{}\"\[(]+(?:[\[(].*)?\Z|\[[^\]]+\].*\Z")
_LABEL = re.compile(r"\[([^\]]+)\]")
_WRITTEN_ID = re.compile(r"\bid-[^,\]]*")
_FIELDS_OF_A_GROUP = 3
MAX_TESTS = 100_000
"""In a list; the largest suites have ten thousand."""


def read(text: str, base: str, data: bytes) -> Guideline:
    """The guideline in a plain list. Raises InvalidGuideline, naming the line."""
    notes = Notes()
    header = _header(text)
    tests = _tests(text, notes)
    if not tests:
        raise InvalidGuideline("it names no test; name a guideline")
    if header.policy is None:
        notes.add(f'it does not say what it means to pass; the policy "{NONE_FAILED.name}" is taken')
    return of_list(
        ListedTest(SCHEMA, base, header.title or base, _grouped(tests), header.policy or NONE_FAILED),
        {"format": SCHEMA, "text": text},
        notes,
        data,
    )


class ListedTest(NamedTuple):
    """What a guideline is made of where the document is just a list."""

    schema: str
    id: str
    title: str
    capabilities: dict[str, Capability]
    policy: Policy
    releases: tuple[str, ...] = ()


def of_list(listed: ListedTest, document: Mapping[str, Any], notes: Notes, data: bytes) -> Guideline:
    """One program with one component that requires all of a list."""
    placements = tuple(Placement(Level.REQUIRED, key) for key in listed.capabilities)
    components = {listed.title: Component(listed.title, placements, ())}
    aliases = (listed.id,) if listed.id != listed.title else ()
    program = Program(
        listed.title,
        ProgramKind.LIST,
        "",
        (ComponentReference(listed.title, None),),
        requires=(),
        optional=(),
        aliases=aliases,
    )
    look_over(listed.capabilities, components, (program,), notes)
    return Guideline(
        id=listed.id,
        schema=listed.schema,
        status=None,
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
    )


class _Header(NamedTuple):
    title: str | None
    policy: Policy | None


def _header(text: str) -> _Header:
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            break
        header = _HEADER.match(stripped)
        if header is not None and found.setdefault(header[1].lower(), header[2]) != header[2]:
            raise InvalidGuideline(f"line {number}: a second {header[1].lower()}; remove the wrong one")
    title = found.get("title")
    return _Header(None if title is None else checked_name(title, "title"), _policy(found.get("policy")))


def _policy(text: str | None) -> Policy | None:
    if text is None:
        return None
    try:
        return policy_from(parsed(text) if text.startswith("{") else text)
    except (InvalidPolicy, InvalidGuideline) as error:
        raise InvalidGuideline(f"policy: {str(error)[:300]}") from error


def _tests(text: str, notes: Notes) -> dict[str, RequiredTest]:
    tests: dict[str, RequiredTest] = {}
    for number, line in enumerate(text.splitlines(), 1):
        full = _COMMENT.sub("", line).strip() if "#" in line else line.strip()
        if not full:
            continue
        if len(tests) >= MAX_TESTS:
            raise InvalidGuideline(f"it names more than {MAX_TESTS:,} tests; no guideline does")
        test = _test(full, f"line {number}")
        if tests.setdefault(test.name, test) is not test:
            notes.add(f"line {number}: {show(test.name)} stands there a second time; it counts once")
    return tests


def _test(full: str, place: str) -> RequiredTest:
    checked_name(full, place)
    if not _NAME.match(full):
        raise InvalidGuideline(f"{place}: {excerpt(full)} is no name of a test; a list has one a line")
    identity = split(full)
    written = _WRITTEN_ID.search(full) if identity.name != full else None
    return RequiredTest(checked_name(identity.name, place), identity.uuid, written and written[0], (), None)


def _grouped(tests: Mapping[str, RequiredTest]) -> dict[str, Capability]:
    groups: dict[str, list[RequiredTest]] = {}
    for name, test in tests.items():
        groups.setdefault(group_of(name), []).append(test)
    return {key: capability(key, tuple(members)) for key, members in groups.items()}


def group_of(name: str) -> str:
    """A group for people: the label before a name (`[sig-apps] …`), else up to three packages around its module."""
    label = _LABEL.match(name)
    if label is not None:
        return label[1]
    packages = name.partition("(")[0].split(".")[:-2]
    while packages and packages[-1].startswith("test_"):
        packages.pop()
    return ".".join(packages[:_FIELDS_OF_A_GROUP]) or "other"


def capability(key: str, tests: tuple[RequiredTest, ...], description: str = "") -> Capability:
    """A capability that is a group of tests and nothing more."""
    return Capability(key, key, description, None, None, (), None, tests)
