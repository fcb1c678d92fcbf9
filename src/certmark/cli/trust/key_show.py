"""The public half of a key: its id, its line, and the lines that allow it.

KEY is a file (private or .pub), the name of a key that certmark key new made, or an id (SHA256:…).
The private half is never shown.

exit status: 0 shown, 2 usage, 3 it is no key that can be used
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.keys import add_passphrase


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("key", metavar="KEY", nargs="?", help="(default: the only one)")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--allowed-signer", metavar="PRINCIPAL", help="print its line for a file of allowed signers, and nothing else"
    )
    add_passphrase(parser)


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `keys_work`."""
    from certmark.app.trust.keys import show

    return show(args, console)
