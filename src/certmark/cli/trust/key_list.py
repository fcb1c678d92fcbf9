"""The keys at hand: those that certmark key new made, and those that ssh-agent holds.

exit status: 0 listed, also if there is none
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `keys_work`."""
    from certmark.app.trust.keys import listing

    return listing(console, as_json=args.json)
