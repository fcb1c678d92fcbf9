"""What the verbs of `certmark guideline` share: their arguments, the chosen program, counts."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from certmark.cli.console import Console
from certmark.cli.refusals import UsageProblem
from certmark.domain.guidelines import Capability, Guideline, Level, Program
from certmark.domain.programs import find_program, listed
from certmark.formats.guideline import DEFAULT, load

PROGRAM_HELP = "its name, a unique part of it, or RefStack's word (platform, compute, object, dns …)"


def add_common(parser: argparse.ArgumentParser, *, default: str | None = DEFAULT) -> None:
    """The arguments of every verb of this family."""
    said = f" (default: {default})" if default is not None else ""
    parser.add_argument(
        "guideline", nargs="?", metavar="GUIDELINE", default=default, help=f"a file, -, or a shipped id{said}"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def loaded(path: str, console: Console, *, remarks: bool = False) -> Guideline:
    """The guideline; what is odd in it goes to stderr, all of it or its number."""
    guideline = load(path)
    if remarks:
        for sentence in guideline.remarks:
            console.remark(f"{guideline.id}: {sentence}")
    elif guideline.remarks:
        console.remark(f"{guideline.id}: odd in it: {len(guideline.remarks)}; certmark guideline show tells what")
    return guideline


def program_of(guideline: Guideline, wanted: str | None) -> Program:
    """The program that is wanted, or the only one. Raises NoSuchProgram or UsageProblem with the list."""
    if wanted is not None:
        return find_program(guideline, wanted)
    if len(guideline.programs) == 1:
        return guideline.programs[0]
    raise UsageProblem(f"name a program of {guideline.id} with --program: {listed(guideline.programs)}")


def levels_of(guideline: Guideline, components: Iterable[str]) -> dict[str, Level]:
    """The strongest level at which any of `components` places a capability, in the order of the document."""
    levels: dict[str, Level] = {}
    for name in components:
        component = guideline.components.get(name)
        for level, key in component.capabilities if component is not None else ():
            levels[key] = min(level, levels.get(key, level), key=lambda known: known.rank)
    return levels


def components_of(program: Program) -> list[str]:
    """The names of a program's components."""
    return [reference.name for reference in program.components]


def flagged_in(capability: Capability) -> int:
    """How many of a capability's tests are flagged."""
    return sum(test.flag is not None for test in capability.tests)
