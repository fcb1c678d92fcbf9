"""Convert results among Certmark's report JSON, JUnit XML, subunit v2 and RefStack's upload JSON.

FILE is anything that `certmark judge` reads. RefStack's form names passed tests only: what else the
results say is lost in it, and a remark says how much.

exit status: 0 converted, 2 usage, 3 unreadable or contradictory input
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit

FORMS = ("report", "junit", "subunit", "refstack")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file or directory of results, or -")
    parser.add_argument("--to", "-t", required=True, choices=FORMS, help="the form to write")
    parser.add_argument("--output", "-o", metavar="FILE", help="where to (default: standard output)")
    parser.add_argument("--cpid", default="", help="the cloud's id, for --to refstack (default: empty)")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `results_converting`."""
    from certmark.app.results import convert_results

    console.quiet = args.quiet
    return convert_results(args, console)
