"""Stop every process of the sandbox; with --purge remove its folder, too.

Without --purge its objects and users stay, and `certmark sandbox up` brings it back in seconds.

exit status: 0 nothing of it runs, 2 usage, 5 there is no sandbox, or it cannot be stopped
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.sandbox import add_which


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_which(parser)
    parser.add_argument("--purge", action="store_true", help="remove its folder with everything in it")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `sandboxing`."""
    from certmark.app.sandbox import take_down

    console.quiet = args.quiet
    return take_down(args, console)
