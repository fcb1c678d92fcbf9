"""List the programs and components of a guideline, or the guidelines that ship along.

GUIDELINE is a file (JSON of any schema, a plain list of tests, a Kubernetes conformance list;
gzipped or not), - for standard input, or the id of a shipped guideline.

exit status: 0 listed, 2 usage, 3 unreadable guideline
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.guideline import add_common


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_common(parser, without="list the shipped ones")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """List the shipped guidelines, or what is in one."""
    from certmark.reporting.guideline.listing import list_guideline

    console.quiet = args.quiet
    list_guideline(args.guideline, console, as_json=args.json)
    return Exit.OK
