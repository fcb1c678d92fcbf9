"""Show results before any guideline is asked.

Outcomes, failures by cause with their requests, class set-ups that did not pass, skips, tests that
were tried more than once, the slowest classes.

FILE is anything that `certmark judge` reads. Several are taken together.

exit status: 0 shown, 2 usage, 3 unreadable or contradictory input
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file or directory of results, or -")
    parser.add_argument("--slowest", type=int, default=10, metavar="N", help="how many classes to show (default: 10)")
    parser.add_argument("--full", action="store_true", help="every test of every group")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `results_showing`."""
    from certmark.cli.results.showing import show_results

    console.quiet = args.quiet
    return show_results(args, console)
