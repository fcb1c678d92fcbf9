"""Judge old evidence under any guideline or policy, and show what changes, test by test.

EVIDENCE is a report that was judged (report.json), a bundle, or a run's id or folder. What is not named
stays as it was: the guideline, the program, the waivers, the day. With another guideline, its policy
judges. Without any option the old judgement is repeated; where it cannot be, or does not come out again,
the reasons are told.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable, all of the new verdict; 2 usage, 3 unreadable input
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.guideline import PROGRAM_HELP


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("evidence", metavar="EVIDENCE", help="a report, a bundle, or a run's id or folder")
    parser.add_argument("--guideline", "-g", help="a file, or the id of a shipped guideline (default: that of then)")
    parser.add_argument("--program", "-p", help=PROGRAM_HELP)
    parser.add_argument("--policy", help="strict, none-failed, refstack-2020, or a JSON file")
    parser.add_argument("--waivers", metavar="FILE", help="in the place of those of then")
    parser.add_argument("--waiver-signers", metavar="FILE", help="who may approve waivers (allowed signers)")
    parser.add_argument("--no-waivers", action="store_true", help="leave those of then out")
    parser.add_argument("--as-of", metavar="DATE", help="judge as on this day (default: the day of then)")
    parser.add_argument("--full", action="store_true", help="long lists whole")
    parser.add_argument("--json", action="store_true", help="what changes, as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `replaying`."""
    from certmark.app.verdict.replaying import replay

    console.quiet = args.quiet
    return replay(args, console)
