"""Print the end of what services of the sandbox wrote; without a name a few lines of each.

exit status: 0 printed, 2 there is no such log, 5 there is no sandbox
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.sandbox import add_which


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("service", nargs="*", metavar="SERVICE", help="whose log (may be left out)")
    add_which(parser)
    parser.add_argument("--lines", "-n", type=int, metavar="N", help="how many (default: 40 of one, 5 of each)")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `sandboxing`."""
    from certmark.app.sandbox import tell_logs

    return tell_logs(args, console)
