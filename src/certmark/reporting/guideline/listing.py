"""The guidelines that ship along, what is in one, and the tests that a suite must run: lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.programs import components_of, levels_of
from certmark.domain.selection import IncludeList, select
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table
from certmark.reporting.documents import Document
from certmark.reporting.views import View


class GuidelinesView(View):
    """Several guidelines, a line each."""

    title = "Guidelines"

    def __init__(self, guidelines: Sequence[Guideline]) -> None:
        self._guidelines = guidelines

    def blocks(self) -> Iterable[Block]:
        """One table."""
        rows = tuple(
            (guideline.id, guideline.status or "-", ", ".join(program.name for program in guideline.programs))
            for guideline in self._guidelines
        )
        yield _table(("guideline", "status", "programs"), rows)

    def document(self) -> Document:
        """`certmark-guidelines`: of each what `certmark-guideline-programs` has of one."""
        return Document("certmark-guidelines", 1, {"guidelines": [_guideline(one) for one in self._guidelines]})


class ProgramsView(View):
    """The programs and components of one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        self.title = f"Programs of {guideline.id}"
        self._guideline = _guideline(guideline)

    def blocks(self) -> Iterable[Block]:
        """A sentence and two tables."""
        return _blocks(self._guideline)

    def document(self) -> Document:
        """`certmark-guideline-programs`."""
        return Document("certmark-guideline-programs", 1, self._guideline)


class IncludeListView(View):
    """The tests that a suite must run for a program."""

    def __init__(self, wanted: IncludeList) -> None:
        self.title = f"Tests of {wanted.program.name}"
        self._wanted = wanted

    def blocks(self) -> Iterable[Block]:
        """A name a line."""
        return (Sentence(test.name) for test in self._wanted.tests)

    def document(self) -> Document:
        """`certmark-guideline-tests`."""
        wanted = self._wanted
        body = {
            "guideline": {"id": wanted.guideline.id, "sha256": wanted.guideline.sha256},
            "program": wanted.program.name,
            "levels": [level.value for level in wanted.levels],
            "flagged": wanted.flagged,
            "aliases": wanted.aliases,
            "tests": [
                {"name": test.name, "uuid": test.uuid, "written_id": test.written_id, "alias_of": test.alias_of}
                for test in wanted.tests
            ],
        }
        return Document("certmark-guideline-tests", 1, body)


def _guideline(guideline: Guideline) -> dict[str, Any]:
    return {
        "id": guideline.id,
        "schema": guideline.schema,
        "status": guideline.status,
        "releases": list(guideline.releases),
        "sha256": guideline.sha256,
        "programs": [_program(guideline, program) for program in guideline.programs],
        "components": [{"name": name, "capabilities": _by_level(guideline, [name])} for name in guideline.components],
    }


def _program(guideline: Guideline, program: Program) -> dict[str, Any]:
    entries = select(guideline, program, {Level.REQUIRED}, flagged=True, aliases=False)
    counted = select(guideline, program, {Level.REQUIRED}, flagged=False, aliases=False)
    return {
        "name": program.name,
        "kind": program.kind.value,
        "words": list(program.aliases),
        "components": components_of(program),
        "requires": [reference.name for reference in program.requires],
        "capabilities": _by_level(guideline, components_of(program)),
        "required_tests": len({test.name for test in entries}),
        "counted_tests": len({test.name for test in counted}),
    }


def _by_level(guideline: Guideline, components: list[str]) -> dict[str, int]:
    counts = Counter(levels_of(guideline, components).values())
    return {level.value: counts[level] for level in Level if counts[level] or level is not Level.INFORMATIONAL}


def _blocks(document: dict[str, Any]) -> list[Block]:
    releases = f", releases {', '.join(document['releases'])}" if document["releases"] else ""
    programs = tuple(
        (
            program["name"],
            program["kind"],
            ", ".join(program["words"]) or "-",
            ", ".join(program["components"]),
            str(program["capabilities"]["required"]),
            str(program["required_tests"]),
            str(program["counted_tests"]),
        )
        for program in document["programs"]
    )
    components = tuple(
        (component["name"], *(str(component["capabilities"][level.value]) for level in _LEVELS))
        for component in document["components"]
    )
    return [
        Sentence(f"{document['id']}: schema {document['schema']}, status {document['status'] or 'unknown'}{releases}."),
        Heading("Programs, with their required capabilities and tests"),
        _table(("program", "kind", "other words", "components", "required", "tests", "not flagged"), programs),
        Heading("Components, with their capabilities by level"),
        _table(("component", *(level.value for level in _LEVELS)), components),
    ]


_LEVELS = (Level.REQUIRED, Level.ADVISORY, Level.DEPRECATED, Level.REMOVED)


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    return Table(columns, tuple(tuple(Cell(text) for text in row) for row in rows))
