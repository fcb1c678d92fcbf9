"""Bring the tables of the database to this version.

A server on SQLite does it at its start. On PostgreSQL do it before the new version is started.

exit status: 0 done, 2 usage or a wrong setting, 5 the database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The verb has no arguments of its own."""


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:  # noqa: ARG001 - as every verb
    """Migrate."""
    from certmark.server.opening import create

    create(settings)
    print("the tables are those of this version")
    return ServerExit.OK
