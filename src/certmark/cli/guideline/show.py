"""Show a guideline: what it says of itself, its capabilities by level, its flagged tests and why.

GUIDELINE is a file (JSON of any schema, a plain list of tests, a Kubernetes conformance list;
gzipped or not), - for standard input, or the id of a shipped guideline.
What is odd in the document is told on standard error; nothing of it is repaired.

exit status: 0 shown, 2 usage, 3 unreadable guideline
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.guideline import PROGRAM_HELP, add_common


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_common(parser)
    parser.add_argument("--program", "-p", help=f"only what it asks for: {PROGRAM_HELP}")
    parser.add_argument(
        "--capability", "-c", action="append", default=[], metavar="KEY", help="this one with all its tests"
    )
    parser.add_argument("--full", action="store_true", help="every capability with all its tests")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """Show it whole, or the chosen capabilities."""
    from certmark.reporting.guideline.showing import show_guideline

    console.quiet = args.quiet
    show_guideline(args, console)
    return Exit.OK
