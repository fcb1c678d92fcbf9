"""`certmark guideline tests`: the list of tests that a suite must run for a program."""

from __future__ import annotations

import argparse
import json

from certmark.app.inputs.guidelines import program_of
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.guideline.common import loaded
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.selection import Form, SelectedTest, lines, refstack_lines, select


def print_tests(args: argparse.Namespace, console: Console) -> Exit:
    """Print the list; INCOMPLETE where there is nothing to run."""
    levels = _levels(args.level)
    guideline = loaded(args.guideline, console)
    program = program_of(guideline, args.program)
    aliases = not args.no_aliases
    selected = select(guideline, program, levels, flagged=args.flagged, aliases=aliases)
    if args.json:
        console.data(json.dumps(_document(guideline, program, levels, args, selected), indent=1))
        return _status(selected, program, console)
    form = Form(args.format)
    if form is Form.REFSTACK:
        found = refstack_lines(guideline, program, levels, flagged=args.flagged, aliases=aliases)
    else:
        found = lines(selected, form)
    console.data("\n".join(found))
    if form is Form.IDS:
        _remark_without_ids(selected, console)
    return _status(selected, program, console)


def _levels(text: str) -> tuple[Level, ...]:
    if text.strip() == "all":
        return tuple(Level)
    try:
        return tuple(Level(word.strip()) for word in text.split(","))
    except ValueError:
        choices = ", ".join(level.value for level in Level)
        raise InvalidRequest(f"{text!r} is no list of levels; they are {choices}, or all") from None


def _remark_without_ids(selected: tuple[SelectedTest, ...], console: Console) -> None:
    without = {test.name for test in selected if test.uuid is None}
    if without:
        console.remark(f"{len(without)} tests have no id and are not in the list; take the form names or regex")


def _status(selected: tuple[SelectedTest, ...], program: Program, console: Console) -> Exit:
    if selected:
        return Exit.OK
    console.remark(f'"{program.name}" asks for no test at these levels')
    return Exit.INCOMPLETE


def _document(
    guideline: Guideline,
    program: Program,
    levels: tuple[Level, ...],
    args: argparse.Namespace,
    selected: tuple[SelectedTest, ...],
) -> dict[str, object]:
    return {
        "guideline": {"id": guideline.id, "sha256": guideline.sha256},
        "program": program.name,
        "levels": [level.value for level in levels],
        "flagged": args.flagged,
        "aliases": not args.no_aliases,
        "tests": [test._asdict() for test in selected],
    }
