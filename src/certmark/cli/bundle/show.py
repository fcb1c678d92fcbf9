"""What an evidence bundle is of: run, verdict, versions, members, what was removed.

BUNDLE is the file that certmark run leaves, or the folder of a run, whose bundle is meant.

exit status: 0 shown, 2 usage, 3 the bundle cannot be read
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("bundle", metavar="BUNDLE", help="a file, or the folder or the id of a run")
    parser.add_argument("--json", action="store_true", help="the manifest, as it is")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `bundling`."""
    from certmark.app.bundle.bundles import show

    return show(args.bundle, console, as_json=args.json)
