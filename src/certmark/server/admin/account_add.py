"""Make an account for somebody who has not signed in yet, so that they can be given roles: the first administrator.

SUBJECT is what the provider calls them in its tokens; where nobody knows that, they sign in once, and `account list`
shows it.

exit status: 0 made, 2 usage, or there is such an account, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("provider", metavar="PROVIDER", help="the id of a provider of the settings")
    parser.add_argument("subject", metavar="SUBJECT", help="the subject of the account there")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Make it; its name on this server stands on standard output."""
    from certmark.server.opening import operated
    from certmark.server.services import accounts

    with operated(settings) as services:
        made = accounts.add(services, given.provider, given.subject)
    print(accounts.name_of(made.issuer, made.subject))
    return ServerExit.OK
