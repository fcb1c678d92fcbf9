"""Make a key to sign with, and its public half beside it (FILE.pub).

It is kept in OpenSSH's format: ssh-keygen and ssh-add read it, too. Without --no-passphrase it is
locked; the passphrase is asked for on a terminal, or read as --passphrase-fd says.

exit status: 0 made, 2 usage, 3 the file cannot be written
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.keys import add_passphrase

TYPES = ("ed25519", "ecdsa-p256", "rsa")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--type", "-t", choices=TYPES, default=TYPES[0], help="(default: ed25519)")
    parser.add_argument(
        "--out", "-o", metavar="FILE", help="(default: certmark-TYPE in the folder of keys of Certmark's own)"
    )
    parser.add_argument("--comment", "-C", default="", help="what reminds you of its owner or use")
    parser.add_argument(
        "--no-passphrase", action="store_true", help="leave it open: for machines that sign by themselves"
    )
    add_passphrase(parser)


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `keys_work`."""
    from certmark.app.trust.keys import make

    return make(args, console)
