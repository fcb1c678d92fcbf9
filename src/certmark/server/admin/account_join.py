"""Have one account take the place of another: its runs, memberships and keys are the new one's, and it is no more.

For somebody who came from RefStack and has no key of then, or who has another provider now. OLD and NEW are names as
`account list` shows them. Roles in the programme are not moved: `office put` gives them.

exit status: 0 joined, 2 usage, or there is no such account, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("old", metavar="OLD", help="the name of the account that is to be no more")
    parser.add_argument("new", metavar="NEW", help="the name of the account that has its place")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Join them."""
    from certmark.server.opening import operated
    from certmark.server.services import joining

    with operated(settings) as services:
        joining.join(services, given.old, given.new)
    print("joined")
    return ServerExit.OK
