"""Bring up a small real OpenStack cloud on 127.0.0.1: plain processes in a folder of their own.

object-storage (the default) is Keystone and Swift, and needs neither root nor packages of the system.
compute is Keystone, Glance, Placement, Nova with a fake hypervisor, Neutron and Cinder.
What is up stays as it is; what an interrupted or failed start left is finished.

exit status: 0 it is up, 2 usage, 5 something is in the way, 130 interrupted
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.sandbox import PROFILES


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--profile", choices=PROFILES, help="what it is made of (default: object-storage)")
    parser.add_argument("--folder", metavar="DIR", help="where it lies (default: in the state folder of Certmark)")
    parser.add_argument(
        "--break",
        action="append",
        default=[],
        dest="broken",
        metavar="WHAT",
        help="then break it: a service to stop, or a fault such as quota, role, account, reader",
    )
    parser.add_argument("--mend", action="store_true", help="take back what was broken on purpose")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `sandboxing`."""
    from certmark.app.sandbox import bring_up

    console.quiet = args.quiet
    return bring_up(args, console)
