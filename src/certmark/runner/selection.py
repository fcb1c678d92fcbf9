"""Which tests of the suite answer what a program asks for.

The listing is looked at with the very rules by which a verdict finds results (domain.matching):
what is chosen here is what the judge will find, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from certmark.domain.identity import class_of, split
from certmark.domain.matching import FoundResult, Matcher
from certmark.domain.programs import AskedTest
from certmark.domain.results import Attempt, Evidence, Outcome, Results


class Chosen(NamedTuple):
    """A test of the suite that answers a required test."""

    asked: str
    """Its name in the guideline."""
    listed: str
    """Its full id in the suite, under the run's configuration."""
    found_by: FoundResult


class Selection(NamedTuple):
    """What to run for a program, and what the suite lacks."""

    chosen: tuple[Chosen, ...]
    """In the order of the guideline; a required test may be answered by several."""
    missing: tuple[str, ...]
    """Names of required tests that the suite does not have; they can never pass."""
    left_out: tuple[Chosen, ...] = ()
    """What a person does not want to run this time."""

    @property
    def full_ids(self) -> tuple[str, ...]:
        """What to run, each once."""
        return tuple(dict.fromkeys(test.listed for test in self.chosen))

    @property
    def renamed(self) -> tuple[Chosen, ...]:
        """Those that the suite knows by another name than the guideline."""
        return tuple(test for test in self.chosen if split(test.listed).name != test.asked)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of what to run, each once."""
        return tuple(dict.fromkeys(class_of(split(full).name) for full in self.full_ids))


def narrowed(selection: Selection, is_wanted: Callable[[str], bool]) -> Selection:
    """Only what is wanted of what was chosen, by its name in the suite."""
    wanted = tuple(test for test in selection.chosen if is_wanted(split(test.listed).name))
    taken = set(wanted)
    left_out = tuple(test for test in selection.chosen if test not in taken)
    return selection._replace(chosen=wanted, left_out=left_out)


def choose(tests: Iterable[AskedTest], listed: Sequence[str]) -> Selection:
    """For each of `tests` those of `listed` (full ids) that answer it: by id, then name, then alias."""
    asked = {test.name: test for test in tests}
    full_ids: dict[str, str] = {}
    for full in listed:
        full_ids.setdefault(split(full).name, full)
    suite = _as_results(full_ids)
    chosen: list[Chosen] = []
    missing: list[str] = []
    matcher = Matcher(asked, suite)
    for test in asked.values():
        found = matcher.find(test)
        chosen += [Chosen(test.name, full_ids[name], found.found) for name in found.names]
        if not found.names:
            missing.append(test.name)
    return Selection(tuple(chosen), tuple(missing))


def unanswered(selection: Selection, results: Results) -> tuple[str, ...]:
    """Full ids that were to be run and of which neither the results nor their class's set-up speak.

    Runners that drop a line say nothing of it; so what was asked for is compared with what came.
    """
    silent = []
    for full in selection.full_ids:
        name = split(full).name
        if not results.attempts(name) and not results.set_up_of(class_of(name)):
            silent.append(full)
    return tuple(silent)


def _as_results(names: dict[str, str]) -> Results:
    """The listing in the shape in which the rules look for tests."""
    attempts = tuple(Attempt(name, split(full).uuid, Outcome.PASSED) for name, full in names.items())
    return Results([Evidence("listing", "listing", 0, None, attempts)])
