"""End every session, token and publisher of somebody, from the next request on: what was stolen is worth nothing then.

What they sent, their roles and their keys stay; they can sign in again.

exit status: 0 ended, 2 usage, or there is nobody of that name, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("name", metavar="NAME", help="the name on this server, as `account list` shows it")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """End them."""
    from certmark.server.opening import operated
    from certmark.server.services import accounts

    with operated(settings) as services:
        ended = accounts.sign_out(services, given.name)
    print(f"ended {ended.sessions} sessions, {ended.tokens} tokens and {ended.publishers} publishers")
    return ServerExit.OK
