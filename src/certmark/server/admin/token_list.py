"""List tokens: id, whose, until when, label, what each may do, when it was last used.

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
    from certmark.server.services import tokens
    from certmark.server.services.moments import written

    with operated(settings) as services:
        for one in tokens.every(services):
            end = "revoked" if one.revoked is not None else written(one.expires)
            used = "never" if one.used is None else written(one.used)
            print(one.digest.hex()[:12], plain(one.owner), end, plain(one.label), one.scopes, used, sep="\t")
    return ServerExit.OK
