"""Programs of a guideline: finding one by name, and what it asks for.

Rule 8: programs, components, targets and add-ons come from the guideline. No program is named
in code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Capability, Guideline, Level, Program, ProgramKind, RequiredTest
from certmark.domain.identity import class_of


class NoSuchProgram(InvalidRequest):
    """The person must name a program of the guideline; the message lists them."""

    is_ambiguous = False
    """Whether the word fits several programs."""


def find_program(guideline: Guideline, wanted: str) -> Program:
    """The program whose name or other word is `wanted`, else the only one of which it is a part.

    Case and surrounding blanks do not matter. Raises NoSuchProgram with the list of programs
    when there is none, or more than one.
    """
    word = wanted.strip().casefold()
    exact = [program for program in guideline.programs if word in _words(program)]
    partial = [program for program in guideline.programs if any(word in known for known in _words(program))]
    found = exact or (partial if word else [])
    if len(found) == 1:
        return found[0]
    problem = f"{wanted!r} fits several programs" if found else f"there is no program {wanted!r}"
    meant = "" if found else _meant(word, guideline)
    error = NoSuchProgram(f"{problem} in {guideline.id}{meant}; it {_having(guideline.programs)}")
    error.is_ambiguous = bool(found)
    raise error


def _having(programs: Sequence[Program]) -> str:
    if [program.kind for program in programs] == [ProgramKind.LIST]:
        return f"is a list with one program, which is meant where none is named: {listed(programs)}"
    return f"has {listed(programs)}"


def has_program(guideline: Guideline, wanted: str) -> bool:
    """Whether `wanted` is a program of `guideline`, or fits several of them."""
    try:
        find_program(guideline, wanted)
    except NoSuchProgram as error:
        return error.is_ambiguous
    return True


def _meant(word: str, guideline: Guideline) -> str:
    from certmark.domain.suggestions import did_you_mean  # a door: few words are misspelt

    return did_you_mean(word, [known for program in guideline.programs for known in (program.name, *program.aliases)])


def slug(program: Program) -> str:
    """A word for the program that a file may be called: its shortest other word, else its name."""
    word = min(program.aliases, key=len, default=program.name)
    return re.sub(r"[^a-z0-9]+", "-", word.casefold()).strip("-")[:60] or "program"


def listed(programs: Iterable[Program]) -> str:
    """The programs for a message, each with its other words."""
    texts = [
        f'"{program.name}"' + (f" ({', '.join(program.aliases)})" if program.aliases else "") for program in programs
    ]
    return ", ".join(texts) or "none"


def _words(program: Program) -> list[str]:
    return [program.name.casefold(), *(alias.casefold() for alias in program.aliases)]


class AskedTest(NamedTuple):
    """A test that a program asks for, once, however many capabilities name it (rule 4)."""

    name: str
    uuid: str | None
    aliases: tuple[str, ...]
    """The aliases of all its entries."""
    entries: tuple[tuple[str, RequiredTest], ...]
    """(capability key, entry) for each capability of the program that names it."""
    scopes: tuple[str, ...]
    """The classes to which it belongs under its name and its aliases."""


class AskedCapability(NamedTuple):
    """A capability that a program asks for, once, at its strongest level (rule 4)."""

    key: str
    level: Level
    capability: Capability | None
    """None where the guideline names a capability that it does not define."""


class Demand(NamedTuple):
    """All that a program asks for, worked out from the guideline."""

    program: Program
    capabilities: tuple[AskedCapability, ...]
    """In the order of the document; informational ones left out."""
    tests: dict[str, AskedTest]
    """Every test of these capabilities, whatever their level, by name."""
    missing_components: tuple[str, ...]
    """Components that the program names and the document does not define."""

    def __hash__(self) -> int:
        """By identity: `demand_of` makes one for each guideline and program."""
        return id(self)


@lru_cache(maxsize=256)
def demand_of(guideline: Guideline, program: Program) -> Demand:
    """What `program` asks for under `guideline`."""
    return demand_from(guideline, program, levels_of(guideline, components_of(program)))


def asked_at(
    guideline: Guideline, program: Program, levels: Collection[Level], *, flagged: bool
) -> tuple[AskedTest, ...]:
    """The tests of the program's capabilities of these levels; flagged ones (rule 3) only if they are wanted."""
    demand = demand_of(guideline, program)
    keys = {asked.key for asked in demand.capabilities if asked.level in levels}
    return tuple(
        test
        for test in demand.tests.values()
        if any(key in keys and (flagged or entry.flag is None) for key, entry in test.entries)
    )


def demand_from(guideline: Guideline, program: Program, levels: Mapping[str, Level]) -> Demand:
    """What `program` asks for where its capabilities have these levels."""
    capabilities = tuple(
        AskedCapability(key, level, guideline.capabilities.get(key))
        for key, level in levels.items()
        if level is not Level.INFORMATIONAL
    )
    missing = tuple(reference.name for reference in program.components if reference.name not in guideline.components)
    return Demand(program, capabilities, _tests(capabilities), missing)


def demand_with(demand: Demand, capabilities: tuple[AskedCapability, ...]) -> Demand:
    """`demand` with other capabilities in the place of its own."""
    return Demand(demand.program, capabilities, _tests(capabilities), demand.missing_components)


def _tests(capabilities: Iterable[AskedCapability]) -> dict[str, AskedTest]:
    entries: dict[str, list[tuple[str, RequiredTest]]] = {}
    for asked in capabilities:
        for test in asked.capability.tests if asked.capability is not None else ():
            entries.setdefault(test.name, []).append((asked.key, test))
    return {name: _asked_test(name, tuple(found)) for name, found in entries.items()}


def _asked_test(name: str, entries: tuple[tuple[str, RequiredTest], ...]) -> AskedTest:
    uuids = [test.uuid for _, test in entries if test.uuid is not None]
    aliases = dict.fromkeys(alias for _, test in entries for alias in test.aliases if alias != name)
    scopes = dict.fromkeys(class_of(known) for known in (name, *aliases))
    return AskedTest(name, uuids[0] if uuids else None, tuple(aliases), entries, tuple(scopes))


class GuidelinePart(NamedTuple):
    """The capabilities of a guideline that somebody asks for."""

    guideline: Guideline
    program: Program | None
    """Whose capabilities they are; None: everybody's."""
    capabilities: Mapping[str, tuple[Level | None, Capability | None]]
    """By key; a capability that is placed and not defined is None, so is the level of an unplaced one."""


def part_of(guideline: Guideline, program: Program | None = None, keys: Collection[str] = ()) -> GuidelinePart:
    """The capabilities of `program`, else all; only those of `keys` where there are some. Raises InvalidRequest."""
    levels = levels_of(guideline, guideline.components if program is None else components_of(program))
    unplaced = (key for key in guideline.capabilities if key not in levels) if program is None else ()
    found = {key: (levels.get(key), guideline.capabilities.get(key)) for key in (*levels, *unplaced)}
    for key in keys:
        if key not in found:
            where = guideline.id if program is None else f'"{program.name}"'
            from certmark.domain.suggestions import did_you_mean  # a door: few words are misspelt

            raise InvalidRequest(f'there is no capability "{key}" in {where}{did_you_mean(key, found)}')
    return GuidelinePart(guideline, program, {key: found[key] for key in keys or found})


def levels_of(guideline: Guideline, components: Iterable[str]) -> dict[str, Level]:
    """The strongest level at which any of `components` places a capability, in the order of the document.

    Components that the document does not define place nothing.
    """
    levels: dict[str, Level] = {}
    for name in components:
        component = guideline.components.get(name)
        for level, key in component.capabilities if component is not None else ():
            if key not in levels or level.rank < levels[key].rank:
                levels[key] = level
    return levels


def components_of(program: Program) -> list[str]:
    """The names of a program's components."""
    return [reference.name for reference in program.components]


def flagged_in(capability: Capability) -> int:
    """How many of a capability's tests are flagged."""
    return sum(test.flag is not None for test in capability.tests)
