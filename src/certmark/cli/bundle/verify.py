"""Whether an evidence bundle is whole and consistent, and judged again gives its verdict.

Every member is compared with the manifest, the journal with the streams, the report with the
results, and the results are judged again by the guideline in the bundle. Who made the bundle is not
looked at: that is for signatures to say.

exit status: 0 everything holds, 1 something does not, 2 usage, 3 the bundle cannot be read
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("bundle", metavar="BUNDLE", help="a file, or the folder or the id of a run")
    parser.add_argument(
        "--revealed",
        metavar="FILE",
        help="what the operator shows of removed values (certmark bundle reveal): check it",
    )
    parser.add_argument("--json", action="store_true", help="the checks as JSON")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `bundling`."""
    from certmark.app.bundle.bundles import verify

    return verify(args.bundle, console, revealed=args.revealed, as_json=args.json)
