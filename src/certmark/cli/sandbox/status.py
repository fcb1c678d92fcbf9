"""Say what of the sandbox runs and answers, on which ports, and what was broken on purpose.

exit status: 0 it is up, 2 usage, 5 there is none, or it is not up
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.sandbox import add_which


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_which(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `sandboxing`."""
    from certmark.app.sandbox import tell_status

    return tell_status(args, console)
