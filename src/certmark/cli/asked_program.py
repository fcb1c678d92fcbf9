"""The program that a person asks for, for every verb that takes --program."""

from __future__ import annotations

from certmark.domain.errors import UsageProblem
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.programs import find_program, listed


def program_of(guideline: Guideline, wanted: str | None) -> Program:
    """The program that is wanted, or the only one. Raises NoSuchProgram or UsageProblem with the list."""
    if wanted is not None:
        return find_program(guideline, wanted)
    if len(guideline.programs) == 1:
        return guideline.programs[0]
    raise UsageProblem(f"name a program of {guideline.id} with --program: {listed(guideline.programs)}")
