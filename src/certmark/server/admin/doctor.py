"""Say what would fail when the server is started, or is failing already.

Each part is tried as the server uses it: settings, addresses, folder, database, evidence, the processes that
read, the key of the log, mail, sources of guidelines, work that was given up.

exit status: 0 nothing, 1 something would fail, 2 usage or a wrong setting
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--listen", metavar="HOST:PORT", help="where the server is to listen")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Examine, and say."""
    from certmark.reporting.text import plain
    from certmark.server.doctor import examine

    status = ServerExit.OK
    for found in examine(settings, given.config):
        print(f"{found.part:<15} {'ok' if found.problem is None else plain(found.problem)}")
        if found.problem is not None:
            status = ServerExit.FOUND
    return status
