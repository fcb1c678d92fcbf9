"""`certmark guideline list`: the shipped guidelines, or the programs and components of one."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.guideline.common import levels_of, loaded
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.programs import components_of
from certmark.domain.selection import select
from certmark.formats.guideline import load, shipped
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table


def list_guideline(path: str | None, console: Console, *, as_json: bool) -> None:
    """List the shipped guidelines, or what is in one."""
    if path is None:
        guidelines = [load(path) for path in shipped()]
        document: dict[str, Any] = {"guidelines": [_guideline(guideline) for guideline in guidelines]}
        blocks = _shipped_blocks(document)
    else:
        document = _guideline(loaded(path, console))
        blocks = _blocks(document)
    if as_json:
        console.data(json.dumps(document, indent=1))
    else:
        show_blocks(blocks, console)


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


def _shipped_blocks(document: dict[str, Any]) -> list[Block]:
    rows = tuple(
        (guideline["id"], guideline["status"] or "-", ", ".join(program["name"] for program in guideline["programs"]))
        for guideline in document["guidelines"]
    )
    return [_table(("guideline", "status", "programs"), rows)]


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
