"""Bring the tables of the database to this version.

An empty SQLite database gets its tables when a server starts. Everything else is changed here only: stop the servers
of the other version, make a backup, migrate, start those of the new one. The file of permissions is looked at as well.

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
    from certmark.server.opening import database_url
    from certmark.server.services import offices
    from certmark.server.store import migrating

    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = database_url(settings)
    before = migrating.form_of(url)
    migrating.migrate(url)
    print(f"the database has the form {migrating.HEAD}; it had {before.step or 'none'}")
    offices.rules_of(settings)  # rights come and go with versions: rules of another one may hold no more
    return ServerExit.OK
