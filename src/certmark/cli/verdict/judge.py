"""Say whether results meet a program of a guideline, capability by capability, and why not.

RESULT is a file of results (subunit v1 or v2, JUnit XML, a Sonobuoy tarball, a RefStack upload, a
Certmark report; any of them gzipped), a .stestr directory, the folder of a run or its bundle, or -
for standard input. Several are taken together as attempts of one run; folders of runs only if they
tested in the same way.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable or contradictory input, 4 incomplete or not applicable
"""

from __future__ import annotations

import argparse
import datetime as dt

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.guideline.arguments import PROGRAM_HELP
from certmark.cli.outputs import FORMATS


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("results", nargs="+", metavar="RESULT", help="a file or directory of results, or -")
    parser.add_argument(
        "--guideline", "-g", help="a file, or the id of a shipped guideline (default: the newest that ships along)"
    )
    parser.add_argument("--program", "-p", help=PROGRAM_HELP)
    parser.add_argument(
        "--format", "-f", action="append", default=[], choices=FORMATS, help="of standard output or of the next -o"
    )
    parser.add_argument(
        "--output", "-o", action="append", default=[], metavar="FILE", help="write a report; the ending tells its form"
    )
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument("--full", action="store_true", help="list everything, also what passes")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")
    parser.add_argument(
        "--explain", action="append", default=[], metavar="TEST", help="how a test was found and counted"
    )
    parser.add_argument(
        "--policy", help="strict, none-failed, refstack-2020, or a JSON file (default: the guideline's)"
    )
    parser.add_argument("--waivers", metavar="FILE", help="dated exceptions of one product, signed or not")
    parser.add_argument(
        "--waiver-signers", metavar="FILE", help="who may approve waivers (allowed signers); others are refused"
    )
    parser.add_argument("--product", metavar="NAME", help="whose results they are; waivers of another one are refused")
    parser.add_argument(
        "--host-guideline",
        action="append",
        default=[],
        metavar="FILE",
        help="the guideline of an add-on's host (default: the one that it names, if it lies beside)",
    )
    parser.add_argument("--as-of", type=_date, metavar="DATE", help="judge as on this day (default: today, UTC)")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `judging`."""
    from certmark.cli.verdict.judging import judge_results

    console.quiet = args.quiet
    return judge_results(args, console)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-21") from None
