"""What waivers excuse, for whom, under which guidelines, until when; and who approved them.

Who may approve is your decision: --allowed-signers names a file of OpenSSH's form or of ours
(certmark-signers, with thresholds), in which grants name who may speak for which grantor (granted-by).

exit status: 0 shown, and approved where --allowed-signers asks, 1 not approved, 2 usage, 3 FILE cannot be read
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("file", metavar="FILE", help="signed or not")
    parser.add_argument("--allowed-signers", metavar="FILE", help="who may approve waivers")
    parser.add_argument("--as-of", metavar="DATE", help="what holds on this day (default: today, UTC)")
    parser.add_argument("--json", action="store_true", help="the same as JSON")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `waivers_work`."""
    from certmark.app.trust.waivers import show

    return show(args, console)
