"""Remove the accounts that certmark cloud accounts make made, with what is left in their projects.

Nothing else is touched: a thing goes only if the record has it and the cloud shows it as the record
describes it. First it is listed, then asked.

exit status: 0 everything is gone, 1 something stays, 2 usage, 3 unreadable input,
5 the cloud cannot be used
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.options.cloud import add_cloud, add_out, take_region


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("file", metavar="FILE|RECORD", help="what make wrote: the accounts, or their record")
    add_cloud(parser)
    parser.add_argument("--dry-run", "-n", action="store_true", help="show what would go, and remove nothing")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    add_out(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `cloud_accounts_deleting`."""
    from certmark.app.cloud.accounts.delete import delete_accounts

    console.quiet = args.quiet
    take_region(args)
    return delete_accounts(args, console)
