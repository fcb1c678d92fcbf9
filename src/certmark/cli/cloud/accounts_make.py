"""Make the users that a run needs, each with a project, and write them as Tempest's accounts.yaml.

How many and with which roles is read from the tests themselves. Everything that is made stands on
record in FILE.record before it is made, so certmark cloud accounts delete removes exactly that, and
the same command goes on where a killed one stopped.

exit status: 0 made, 2 usage, 3 unreadable input, 5 the cloud does not let this user make accounts,
or cannot be used
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.options.accounts import add_selection
from certmark.cli.options.cloud import add_out, take_region


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_selection(parser, workers="4")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--out", "-o", default="accounts.yaml", metavar="FILE", help="where they are written (default: accounts.yaml)"
    )
    how.add_argument("--tag", metavar="WORD", help="in the names of everything that is made (default: four letters)")
    how.add_argument("--domain", metavar="NAME", help="where they are made (default: the user's own)")
    how.add_argument("--no-admin", action="store_true", help="no administrators, even if tests ask for them")
    how.add_argument(
        "--networks",
        choices=("auto", "yes", "no"),
        default="auto",
        help="a network for each project (default: where tests need one and none is shared)",
    )
    how.add_argument("--dry-run", "-n", action="store_true", help="show what would be made, and make nothing")
    add_out(parser.add_argument_group("what comes out"))


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `cloud_accounts_making`."""
    from certmark.app.cloud.accounts.make import make_accounts

    console.quiet = args.quiet
    take_region(args)
    return make_accounts(args, console)
