"""What one program of a guideline asks for, and the list of its tests that a suite takes.

1. The list has RefStack's parameters: `type` (levels), `alias`, `flag`; and its form, which every suite of
   OpenStack's reads. Without them it has what must be passed, under every name, as the page has it.
2. A program whose components stand in other guidelines is shown with them, as far as they are here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.members import with_members
from certmark.domain.must_pass import tests_to_pass
from certmark.domain.programs import NoSuchProgram, demand_of, find_program
from certmark.domain.selection import refstack_lines
from certmark.domain.suggestions import did_you_mean
from certmark.reporting.guideline_site.parts import CapabilityRow
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.library import Library
from certmark.server.web.guidelines import figures
from certmark.server.web.guidelines.figures import RunFigures
from certmark.server.web.guidelines.guideline import PageLink
from certmark.server.web.guidelines.opened import (
    GuidelineInLibrary,
    PinnedRevision,
    capability_place,
    cut,
    opened,
    revision_asked,
)
from certmark.server.web.guidelines.places import program_words
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_MOST_SHOWN = 3000
"""Lines of a list on the page; the text has all."""
_MOST_CAPABILITIES = 1000


class ProgramLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The capabilities that a program asks for at one level."""

    level: str
    rows: tuple[CapabilityRow, ...]
    tests: int
    flagged: int


class ProgramData(msgspec.Struct, frozen=True, kw_only=True):
    """A program of a guideline."""

    name: str
    path: str
    kind: str
    guideline: PageLink
    sha256: str
    guideline_id: str
    word: str
    """By which a command line means it."""
    description: str
    aliases: tuple[str, ...]
    components: tuple[str, ...]
    missing: tuple[str, ...]
    """Components that no guideline here has."""
    hosts: tuple[str, ...]
    optional: tuple[str, ...]
    to_pass: int
    levels: tuple[ProgramLevel, ...]
    others: tuple[PageLink, ...]
    """The same program in the guidelines before and after."""
    figures: RunFigures | None
    """What shared runs that were made for it come to; null: nobody may know, or none can be judged so."""


class ListParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Which tests somebody wants listed."""

    type: tuple[str, ...] = ()
    """Levels, also several of them with commas between."""
    alias: bool = True
    flag: bool = False

    @property
    def levels(self) -> tuple[Level, ...]:
        """As values; those that there are not are left out."""
        words = {word.strip().casefold() for part in self.type for word in part.split(",")}
        return tuple(level for level in Level if level.value in (words or {Level.REQUIRED.value}))


class ListForSuiteData(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of a program for a suite."""

    program: PageLink
    guideline: PageLink
    sha256: str
    guideline_id: str
    word: str
    levels: tuple[str, ...]
    alias: bool
    flag: bool
    lines: tuple[str, ...]
    total: int


class MeantProgram(msgspec.Struct, frozen=True):
    """A program that an address names, with the guideline in which all its components stand."""

    word: str
    program: Program
    guideline: Guideline


def meant_program(one: GuidelineInLibrary, wanted: str) -> MeantProgram:
    """By its word in addresses, else as people call it. Raises NotFound."""
    words = program_words(one.guideline)
    program = words.get(wanted)
    if program is None:
        try:
            program = find_program(one.guideline, wanted)
        except NoSuchProgram as error:
            meant = did_you_mean(wanted, words) or f"; there are {', '.join(list(words)[:8]) or 'none'}"
            raise NotFound(f"there is no program {wanted[:100]!r} in {one.guideline.id[:100]}{meant}") from error
        wanted = next(word for word, known in words.items() if known is program)
    whole = with_members(one.guideline, program, _all(one.library)) if _looks_elsewhere(program) else one.guideline
    return MeantProgram(wanted, program, whole)


def _looks_elsewhere(program: Program) -> bool:
    """Rule 2."""
    return any(part.source for part in program.components)


def _all(around: Library) -> list[Guideline]:
    return [one for family in around.families for one in family.guidelines]


def program(services: Services, asked: PageRequest) -> Shown:
    """The page of a program."""
    found = revision_asked(services, asked)
    tag = asked.unless_known(*found.tag, *figures.history_tag(services, asked))
    one = opened(services, found)
    meant = meant_program(one, asked.request.path_params["program"])
    named = figures.named_for_search(found.revision, is_newest=found.is_newest)
    data = _program(found, one, meant, figures.of_program(services, asked, named, meant.program))
    rows = [
        (level.level, row.key, row.name, row.project, row.tests, row.flagged)
        for level in data.levels
        for row in level.rows
    ]
    return Shown(
        "guidelines/program.html.j2",
        f"{data.name} in {found.title}",
        data,
        section="guidelines",
        csv=(("level", "capability", "name", "project", "tests", "flagged"), rows),
        tag=tag,
    )


def _program(
    found: PinnedRevision, one: GuidelineInLibrary, meant: MeantProgram, numbers: RunFigures | None
) -> ProgramData:
    program = meant.program
    demand = demand_of(meant.guideline, program)
    return ProgramData(
        name=cut(program.name, 200),
        path=f"{found.path}/{meant.word}",
        kind=program.kind.value,
        guideline=PageLink(found.title, found.path),
        sha256=found.revision.digest.hex(),
        guideline_id=cut(found.revision.id, 100),
        word=word_for_commands(program),
        description=cut(program.description),
        aliases=tuple(cut(alias, 100) for alias in program.aliases[:20]),
        components=tuple(cut(part.name, 200) for part in program.components[:100]),
        missing=tuple(cut(name, 200) for name in demand.missing_components[:100]),
        hosts=tuple(cut(part.name, 200) for part in program.requires[:100]),
        optional=tuple(cut(part.name, 200) for part in program.optional[:100]),
        to_pass=len(tests_to_pass(meant.guideline, program)),
        levels=tuple(_levels(one, meant, found.path)),
        others=tuple(_others(one, program)),
        figures=numbers,
    )


def word_for_commands(program: Program) -> str:
    """The shortest word by which it is meant."""
    return cut(min((*program.aliases, program.name), key=len), 200)


def _levels(one: GuidelineInLibrary, meant: MeantProgram, path: str) -> Iterator[ProgramLevel]:
    asked = demand_of(meant.guideline, meant.program).capabilities
    for level in Level:
        rows = [(part.key, one.maker.row(part.key, part.capability)) for part in asked if part.level is level]
        found = [replace(row, page=capability_place(one.guideline, path, key)) for key, row in rows]
        if found:
            yield ProgramLevel(
                level=level.value,
                rows=tuple(found[:_MOST_CAPABILITIES]),
                tests=sum(row.tests for row in found),
                flagged=sum(row.flagged for row in found),
            )


def _others(one: GuidelineInLibrary, program: Program) -> Iterator[PageLink]:
    places = one.maker.places
    for other in (one.earlier, one.later):
        words = program_words(other).items() if other is not None else ()
        for word, known in words:
            if other is not None and {known.name, *known.aliases} & {program.name, *program.aliases}:
                yield PageLink(places.title(other), f"{places.guideline(other)}/{word}")
                break


def tests(services: Services, asked: PageRequest) -> Shown:
    """The list for a suite; of a guideline with several programs, without one, that of the platform."""
    found = revision_asked(services, asked)
    wanted = asked.query(ListParameters)
    tag = asked.unless_known(*found.tag)
    one = opened(services, found)
    word = asked.request.path_params.get("program") or asked.request.query_params.get("target") or _first(one)
    meant = meant_program(one, word)
    lines = refstack_lines(meant.guideline, meant.program, wanted.levels, flagged=wanted.flag, aliases=wanted.alias)
    data = ListForSuiteData(
        program=PageLink(cut(meant.program.name, 200), f"{found.path}/{meant.word}"),
        guideline=PageLink(found.title, found.path),
        sha256=found.revision.digest.hex(),
        guideline_id=cut(found.revision.id, 100),
        word=word_for_commands(meant.program),
        levels=tuple(level.value for level in wanted.levels),
        alias=wanted.alias,
        flag=wanted.flag,
        lines=tuple(cut(line, 500) for line in lines[:_MOST_SHOWN]),
        total=len(lines),
    )
    return Shown(
        "guidelines/tests.html.j2",
        f"Tests of {data.program.title} in {found.title}",
        data,
        section="guidelines",
        text="".join(f"{line}\n" for line in lines),
        freshness=Freshness.SEALED,
        tag=tag,
    )


def _first(one: GuidelineInLibrary) -> str:
    """Rule 1 of RefStack: the platform where there is one; else the first program. Raises NotFound."""
    words = program_words(one.guideline)
    if not words:
        raise NotFound(f"{one.guideline.id[:100]} has no programs")
    targets = {program.target: word for word, program in words.items()}
    return targets.get("platform") or next(iter(words))


PAGES = (
    PageRoute("/guidelines/{guideline}/tests", tests, forms=("json", "txt")),
    PageRoute("/guidelines/{guideline}/{program}/tests", tests, forms=("json", "txt")),
    PageRoute("/guidelines/{guideline}/{program}", program, forms=("json", "csv")),
)
