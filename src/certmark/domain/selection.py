"""The tests that a suite must run for a program, and the forms in which suites take them.

Levels are a plain union, as on RefStack's server: a capability that one component requires and
another recommends stands in both lists. A test in two capabilities is selected twice; every form
but RefStack's names it once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from enum import Enum
from typing import NamedTuple, assert_never

from certmark.domain.guidelines import Guideline, Level, Program, RequiredTest


class ListForm(Enum):
    """How a list of tests is written."""

    NAMES = "names"
    """Bare names."""
    IDS = "ids"
    """`id-<uuid>`; tests without an id are left out."""
    REGEX = "regex"
    """One anchored expression a name, for `tempest run --include-list` and `stestr run --include-list`."""
    REFSTACK = "refstack"
    """What RefStack's server answered: `name[id]` with the id as written, repetitions kept."""


class SelectedTest(NamedTuple):
    """A name under which a suite may know a required test."""

    name: str
    uuid: str | None
    written_id: str | None
    alias_of: str | None
    """The name in the guideline, where this one is its alias."""


class IncludeList(NamedTuple):
    """What a suite is told to run for a program."""

    guideline: Guideline
    program: Program
    levels: tuple[Level, ...]
    flagged: bool = False
    """Whether flagged tests are in it, too."""
    aliases: bool = True
    """Whether each test stands there under its other names as well."""

    @property
    def tests(self) -> tuple[SelectedTest, ...]:
        """In the order of the document."""
        return select(self.guideline, self.program, self.levels, flagged=self.flagged, aliases=self.aliases)

    @property
    def without_id(self) -> frozenset[str]:
        """Names of tests that a list of ids leaves out."""
        return frozenset(test.name for test in self.tests if test.uuid is None)

    def lines(self, form: ListForm) -> list[str]:
        """The list as it is written in `form`, sorted."""
        if form is not ListForm.REFSTACK:
            return lines(self.tests, form)
        return refstack_lines(self.guideline, self.program, self.levels, flagged=self.flagged, aliases=self.aliases)


def select(
    guideline: Guideline, program: Program, levels: Collection[Level], *, flagged: bool, aliases: bool
) -> tuple[SelectedTest, ...]:
    """The tests of `program` at any of `levels`, in the order of the document.

    `flagged` takes the flagged ones, too; `aliases` adds the other names of each.
    """
    return tuple(
        selected
        for test in _tests(guideline, program, levels)
        if flagged or test.flag is None
        for selected in _names_of(test, aliases=aliases)
    )


def lines(selected: Iterable[SelectedTest], form: ListForm) -> list[str]:
    """`selected` as the sorted lines of a list; empty if there is nothing to list."""
    match form:
        case ListForm.NAMES:
            found: Iterable[str] = {test.name for test in selected}
        case ListForm.IDS:
            found = {f"id-{test.uuid}" for test in selected if test.uuid is not None}
        case ListForm.REGEX:
            found = {expression(test.name) for test in selected}
        case ListForm.REFSTACK:
            found = [test.name if test.written_id is None else f"{test.name}[{test.written_id}]" for test in selected]
        case _:
            assert_never(form)
    return sorted(found)


def refstack_lines(
    guideline: Guideline, program: Program, levels: Collection[Level], *, flagged: bool, aliases: bool
) -> list[str]:
    """The answer of RefStack's `/v1/guidelines/<version>/tests`, line for line.

    It saw the key `flagged` and not `flag`, and wrote empty brackets where a test has no id. Of a
    document without ids (schemas 1.0 and 1.2, plain lists) it gave bare names.
    """
    tests = [
        test
        for test in _tests(guideline, program, levels)
        if flagged or test.flag is None or test.flag.spelling == "flag"
    ]
    if guideline.interop_schema in _WITH_IDS:
        tests = [test._replace(written_id=test.written_id or "") for test in tests]
    return lines((name for test in tests for name in _names_of(test, aliases=aliases)), ListForm.REFSTACK)


def expression(name: str) -> str:
    """An anchored regular expression that finds the suite's test `name`, whatever its attributes.

    Attributes stand at the end, or before a scenario: `name[id-…,smoke](ipv6)`. `#` would begin a
    comment in a list and is written as a code.
    """
    bare, parenthesis, scenario = name.partition("(")
    if parenthesis and not bare.endswith(" "):
        return f"^{_escaped(bare)}(\\[[^]]*\\])?{_escaped(parenthesis + scenario)}$"
    return f"^{_escaped(name)}(\\[|$)"


_WITH_IDS = ("1.3", "1.4", "1.5", "1.6", "2.0", "3.0")


def _escaped(text: str) -> str:
    return re.escape(text).replace("\\#", "\\x23")


def _tests(guideline: Guideline, program: Program, levels: Collection[Level]) -> Iterator[RequiredTest]:
    """The entries of each capability once, however many components name it."""
    keys: dict[str, None] = {}
    for reference in program.components:
        component = guideline.components.get(reference.name)
        for level, key in component.capabilities if component is not None else ():
            if level in levels:
                keys[key] = None
    for key in keys:
        capability = guideline.capabilities.get(key)
        yield from capability.tests if capability is not None else ()


def _names_of(test: RequiredTest, *, aliases: bool) -> Iterator[SelectedTest]:
    yield SelectedTest(test.name, test.uuid, test.written_id, None)
    for alias in test.aliases if aliases else ():
        yield SelectedTest(alias, test.uuid, test.written_id, test.name)
