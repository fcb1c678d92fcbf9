"""Look for new revisions in every source, now.

exit status: 0 looked, 1 a source is away or broken, 2 usage, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The verb has no arguments of its own."""


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:  # noqa: ARG001 - as every verb
    """Look."""
    from certmark.reporting.text import plain
    from certmark.server.asking import OPERATOR
    from certmark.server.opening import operated
    from certmark.server.services import sources

    with operated(settings) as services:
        found = sources.refresh(services, OPERATOR)
    status = ServerExit.OK
    for one in found:
        print(one.place, ", ".join(one.new) or "nothing new", plain(one.problem or ""), sep="\t")
        status = status if one.problem is None else ServerExit.FOUND
    return status
