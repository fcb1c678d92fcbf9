"""Print the tests that a suite must run for a program, one a line.

By default: the required tests that are not flagged, each with its aliases, since a suite may know a
test by an older or a newer name. The form regex is for `tempest run --include-list` and
`stestr run --include-list`; refstack is what RefStack's server answered, line for line (its own
defaults were every level, --flagged and aliases).
GUIDELINE is a file, - for standard input, or the id of a shipped guideline.

exit status: 0 printed, 2 usage, 3 unreadable guideline, 4 there is nothing to run
"""

from __future__ import annotations

import argparse
import json

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.guideline_common import PROGRAM_HELP, add_common, loaded, program_of
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.selection import Form, SelectedTest, lines, refstack_lines, select


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_common(parser)
    parser.add_argument("--program", "-p", help=PROGRAM_HELP)
    parser.add_argument(
        "--level",
        type=_levels,
        default=(Level.REQUIRED,),
        metavar="LEVELS",
        help="required, advisory, deprecated, removed, with commas between; or all (default: required)",
    )
    parser.add_argument(
        "--format", "-f", choices=[form.value for form in Form], default=Form.NAMES.value, help="default: names"
    )
    parser.add_argument("--flagged", action="store_true", help="the flagged tests, too")
    parser.add_argument("--no-aliases", action="store_true", help="only the names of the guideline")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """Print the list."""
    console.quiet = args.quiet
    guideline = loaded(args.guideline, console)
    program = program_of(guideline, args.program)
    aliases = not args.no_aliases
    selected = select(guideline, program, args.level, flagged=args.flagged, aliases=aliases)
    if args.json:
        console.data(json.dumps(_document(guideline, program, args, selected), indent=1))
        return _status(selected, program, console)
    form = Form(args.format)
    if form is Form.REFSTACK:
        found = refstack_lines(guideline, program, args.level, flagged=args.flagged, aliases=aliases)
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
        raise argparse.ArgumentTypeError(f"{text!r} is no list of levels; they are {choices}, or all") from None


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
    guideline: Guideline, program: Program, args: argparse.Namespace, selected: tuple[SelectedTest, ...]
) -> dict[str, object]:
    return {
        "guideline": {"id": guideline.id, "sha256": guideline.sha256},
        "program": program.name,
        "levels": [level.value for level in args.level],
        "flagged": args.flagged,
        "aliases": not args.no_aliases,
        "tests": [test._asdict() for test in selected],
    }
