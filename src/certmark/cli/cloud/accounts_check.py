"""Sign in as each user of an accounts file, and say what is missing for the tests that are to run.

Looked at: passwords, roles, projects, the role that owns containers, networks and quotas, and
whether there are enough for -j classes at a time.

exit status: 0 all is well, 1 something is missing, 2 usage, 3 unreadable input,
5 the cloud or the file cannot be used
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.options.accounts import add_selection
from certmark.cli.options.cloud import add_out, take_region


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("file", metavar="FILE", help="accounts, in Tempest's form")
    add_selection(parser, workers=None)
    add_out(parser.add_argument_group("what comes out"))


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `cloud_accounts_checking`."""
    from certmark.app.cloud.accounts.check import check_accounts

    console.quiet = args.quiet
    take_region(args)
    return check_accounts(args, console)
