"""Show what changed between two runs: newly failing, no longer run, gone, fixed, new and unstable tests.

Tests are followed by their ids, across renames. BEFORE and AFTER are anything that `certmark judge`
reads.

exit status: 0 nothing is newly failing, 1 something is, 2 usage, 3 unreadable or contradictory input
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("before", metavar="BEFORE", help="the earlier results")
    parser.add_argument("after", metavar="AFTER", help="the later results")
    parser.add_argument("--full", action="store_true", help="every test of every group")
    parser.add_argument("--json", action="store_true", help="everything that changed, as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `results_diffing`."""
    from certmark.cli.results.diffing import diff_results

    console.quiet = args.quiet
    return diff_results(args, console)
