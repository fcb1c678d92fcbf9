"""Exactly what would leave this machine with the bundle of a run, and what would be removed before.

RUN is the folder of a run or its id. Nothing is written. --print shows a member as it would go.

exit status: 0 a bundle would be written, 1 a secret would leave the machine, 2 usage, 3 not a run's folder
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("--print", dest="member", metavar="MEMBER", help="print a rewritten member")
    parser.add_argument("--json", action="store_true", help="the listing as JSON")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `bundling`."""
    from certmark.app.bundle.bundles import preview

    return preview(args.run, args.member, console, as_json=args.json)
