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

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.guideline import PROGRAM_HELP, add_common

FORMS = ("names", "ids", "regex", "refstack")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_common(parser)
    parser.add_argument("--program", "-p", help=PROGRAM_HELP)
    parser.add_argument(
        "--level",
        default="required",
        metavar="LEVELS",
        help="required, advisory, deprecated, removed, with commas between; or all (default: required)",
    )
    parser.add_argument("--format", "-f", choices=FORMS, default=FORMS[0], help=f"default: {FORMS[0]}")
    parser.add_argument("--flagged", action="store_true", help="the flagged tests, too")
    parser.add_argument("--no-aliases", action="store_true", help="only the names of the guideline")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """Print the list."""
    from certmark.cli.guideline.including import print_tests

    console.quiet = args.quiet
    return print_tests(args, console)
