"""Rule 1: how a required test is found in the results.

By its id, else by its name, else by an alias. Ids are not unique. Where the id leads to several
results the same name decides, then an alias; if neither does, all of them are looked at and the
worst counts. A result that stands under the name of another required test with the same id, in
another class, is that test's result: a twin in a subclass that was not run is not excused by its
brother (Tempest's IPv6 subclasses share ids). The same id and class under another name is a
renamed test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from certmark.domain.identity import class_of, method_of
from certmark.domain.programs import AskedTest
from certmark.domain.results import Attempt, Results


class FoundResult(Enum):
    """By what a required test was found in the results."""

    ID = "id"
    NAME = "name"
    ALIAS = "alias"
    CLASS = "class fixture"
    """It has no entry; the set-up of its class has one."""
    NOWHERE = "nowhere"


class Match(NamedTuple):
    """Where the results speak of a required test."""

    found: FoundResult
    names: tuple[str, ...]
    """Their names for it; more than one only where an id leads to several and no name decides."""
    attempts: tuple[Attempt, ...]
    """Those that settle it: of the test itself and, where it has none there, of its class's set-up."""


def match(test: AskedTest, results: Results, asked: Mapping[str, AskedTest]) -> Match:
    """Find `test`; `asked` are the tests of the same program, by name."""
    found, names = _named(test, results, asked)
    own = [attempt for name in names for attempt in results.attempts(name)]
    fixtures = _fixtures(test, names, results) if results.has_fixtures else ()
    if fixtures and not own:
        return Match(FoundResult.CLASS, (), fixtures)
    return Match(found, names, _merged(own, fixtures))


def _named(test: AskedTest, results: Results, asked: Mapping[str, AskedTest]) -> tuple[FoundResult, tuple[str, ...]]:
    reported = results.names_of(test.uuid) if test.uuid is not None else ()
    if test.name in reported:
        return FoundResult.ID, (test.name,)
    candidates = [name for name in reported if not _is_twin(name, test, asked)]
    if len(candidates) > 1:
        for alias in test.aliases:
            if alias in candidates:
                return FoundResult.ID, (alias,)
    if candidates:
        return FoundResult.ID, tuple(candidates)
    if results.attempts(test.name):
        return FoundResult.NAME, (test.name,)
    for alias in test.aliases:
        if results.attempts(alias):
            return FoundResult.ALIAS, (alias,)
    return FoundResult.NOWHERE, ()


def _is_twin(name: str, test: AskedTest, asked: Mapping[str, AskedTest]) -> bool:
    """Whether the result `name` belongs to a brother of `test`: same id and method, other class."""
    other = asked.get(name)
    return (
        other is not None
        and other.uuid == test.uuid
        and name not in test.aliases
        and method_of(name) == method_of(test.name)
        and class_of(name) != class_of(test.name)
    )


def _fixtures(test: AskedTest, names: tuple[str, ...], results: Results) -> tuple[Attempt, ...]:
    """Rule 2: entries for the set-up of the test's class, under any name that it may have."""
    scopes = test.scopes if not names or names[0] == test.name else (*map(class_of, names), *test.scopes)
    for scope in scopes:
        entries = results.set_up_of(scope)
        if entries:
            return entries
    return ()


def _merged(own: Sequence[Attempt], fixtures: Sequence[Attempt]) -> tuple[Attempt, ...]:
    attempts = [*fixtures, *own]
    if len(attempts) > 1 and all(attempt.started is not None for attempt in attempts):
        attempts.sort(key=lambda attempt: attempt.started or 0)
    return tuple(attempts)
