"""Give somebody roles in the programme: just those that are named; none takes them away.

ROLE is reviewer, programme-office or operator. NAME must be known to the server: have signed in once, or have a token.

exit status: 0 given, 2 usage or nobody of that name, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("name", metavar="NAME", help="to whom")
    parser.add_argument("roles", metavar="ROLE", nargs="*", help="reviewer, programme-office, operator")
    parser.add_argument("--organisation", default="", metavar="NAME", help="for which they act; a reviewer needs one")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Give them."""
    from certmark.reporting.text import plain
    from certmark.server.opening import operated
    from certmark.server.services import offices

    roles = frozenset(offices.role_named(word) for word in given.roles)
    with operated(settings) as services:
        holder = offices.appoint(services, given.name, roles, given.organisation)
    words = ", ".join(sorted(role.value for role in holder.roles)) or "no role in the programme"
    print(plain(holder.name), words, plain(holder.organisation), sep="\t")
    return ServerExit.OK
