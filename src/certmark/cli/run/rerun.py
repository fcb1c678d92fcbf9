"""Run tests of an earlier run again, in that run: attempts are added, and the first ones are kept.

The verdict counts the last attempt of a test and discloses the others, unless the guideline says otherwise.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable; all others as of certmark run
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.options.run import add_going, add_run


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_run(parser)
    parser.add_argument("--failed", action="store_true", required=True, help="the tests that did not pass")
    parser.add_argument("--skipped", action="store_true", help="those that were skipped, too")
    add_going(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `resuming`."""
    from certmark.app.run.resume import rerun_failed

    console.quiet = args.quiet
    return rerun_failed(args, console)
