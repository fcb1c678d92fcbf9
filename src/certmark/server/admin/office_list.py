"""List everybody with a role in the programme: name, roles, organisation.

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
    from certmark.server.services import offices

    with operated(settings) as services:
        for one in offices.listed(services):
            print(
                plain(one.name), ", ".join(sorted(role.value for role in one.roles)), plain(one.organisation), sep="\t"
            )
    return ServerExit.OK
