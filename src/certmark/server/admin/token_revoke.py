"""End an upload token, from the next request on.

exit status: 0 ended, 2 usage, or there is no such token, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("token", metavar="ID", help="its id, as `token list` shows it")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """End it."""
    from certmark.server.opening import operated
    from certmark.server.services import tokens

    with operated(settings) as services:
        found = tokens.revoke(services, given.token)
    print(f"ended {found.digest.hex()[:12]}")
    return ServerExit.OK
