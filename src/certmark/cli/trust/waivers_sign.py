"""Approve a file of waivers with a signature; several approvers sign one after the other.

FILE is a file of waivers, as a person wrote it, or one that was signed before: then a signature is added.
What is signed is the file, byte for byte. Look at it first: certmark waivers show FILE.

exit status: 0 signed, 2 usage, 3 FILE or key cannot be read, or the key has signed it already,
5 ssh-agent does not sign
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.keys import add_key


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("file", metavar="FILE")
    add_key(parser)
    parser.add_argument(
        "--output", "-o", metavar="FILE", help="(default: NAME.signed.json beside it; a signed file is replaced)"
    )
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `waivers_work`."""
    from certmark.app.trust.waivers import sign

    console.quiet = args.quiet
    return sign(args, console)
