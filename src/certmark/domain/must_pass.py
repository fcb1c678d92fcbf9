"""What the programs of two guidelines demand: the tests that a cloud must pass, before and after."""

from __future__ import annotations

from typing import NamedTuple

from certmark.domain.capability_changes import paired
from certmark.domain.guideline_changes import is_list, paired_programs
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.programs import asked_at


class DemandComparison(NamedTuple):
    """One program of either guideline."""

    program: str
    """Its name in the later one, else in the earlier."""
    before: frozenset[str] | None
    """The names of the tests to pass, a renamed one by its name of today; None: there was no such program."""
    after: frozenset[str] | None

    @property
    def new(self) -> tuple[str, ...]:
        """What must be passed from now on, by name."""
        return tuple(sorted((self.after or frozenset()) - (self.before or frozenset())))

    @property
    def dropped(self) -> tuple[str, ...]:
        """What need not be passed any more, by name."""
        return tuple(sorted((self.before or frozenset()) - (self.after or frozenset())))


def tests_to_pass(guideline: Guideline, program: Program) -> frozenset[str]:
    """The names of the required tests of `program` that are not flagged."""
    return frozenset(test.name for test in asked_at(guideline, program, (Level.REQUIRED,), flagged=False))


def must_pass(before: Guideline, after: Guideline) -> tuple[DemandComparison, ...]:
    """Every program of both, those of the later one first; two lists are one program under whatever name."""
    names = {pair.before.name: pair.after.name for pair in paired(before, after).pairs}
    if is_list(before) and is_list(after):
        pairs: tuple[tuple[Program, Program | None], ...] = ((after.programs[0], before.programs[0]),)
    else:
        pairs = paired_programs(before, after)
    known = [old for _, old in pairs if old is not None]

    def then(program: Program) -> frozenset[str]:
        return frozenset(names.get(name, name) for name in tests_to_pass(before, program))

    return (
        *(
            DemandComparison(new.name, None if old is None else then(old), tests_to_pass(after, new))
            for new, old in pairs
        ),
        *(
            DemandComparison(old.name, then(old), None)
            for old in before.programs
            if all(old is not one for one in known)
        ),
    )
