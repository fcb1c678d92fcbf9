"""List people who sign in: name on this server, what they are called now, address, when they were last here.

exit status: 0 listed, 2 usage, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The verb has no arguments of its own."""


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:  # noqa: ARG001 - as every verb
    """List them, tabs between the columns."""
    from certmark.reporting.text import plain
    from certmark.server.opening import operated
    from certmark.server.services import accounts
    from certmark.server.services.moments import written

    with operated(settings) as services:
        for one in accounts.every(services):
            name = accounts.name_of(one.issuer, one.subject)
            print(plain(name), plain(one.name), plain(one.email or ""), written(one.seen), sep="\t")
    return ServerExit.OK
