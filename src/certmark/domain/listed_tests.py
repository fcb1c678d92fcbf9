"""Tests of a plain list that stand under several names with one id: one test, or several?

1. A list cannot say whether two of its names with one id are one test that was renamed, or two that share an id.
   RefStack's lists name the aliases of a test so, and Tempest's subclasses share the ids of their tests.
2. So the results decide: where they have several of these names, each of them is a test of its own.
3. Else it is one test under any of its names.
"""

from __future__ import annotations

from collections.abc import Iterator

from certmark.domain.guidelines import ProgramKind, RequiredTest
from certmark.domain.programs import AskedCapability, Demand, demand_with
from certmark.domain.results import Results


def as_results_know(demand: Demand, results: Results) -> Demand:
    """What a program asks for, with the tests of a plain list as `results` have them; any other program's as it is."""
    if demand.program.kind is not ProgramKind.LIST or not any(test.aliases for test in demand.tests.values()):
        return demand
    return demand_with(demand, tuple(_split(asked, results) for asked in demand.capabilities))


def _split(asked: AskedCapability, results: Results) -> AskedCapability:
    if asked.capability is None:
        return asked
    tests = tuple(part for test in asked.capability.tests for part in _parts(test, results))
    return asked._replace(capability=asked.capability._replace(tests=tests))


def _parts(test: RequiredTest, results: Results) -> Iterator[RequiredTest]:
    names = (test.name, *test.aliases)
    there = [name for name in names if results.attempts(name)]
    if len(there) < 2:
        yield test
        return
    first, *others = there
    yield test._replace(name=first, aliases=tuple(name for name in names if name not in there))
    yield from (test._replace(name=name, aliases=()) for name in others)
