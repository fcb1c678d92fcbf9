"""Answer programs and people, until SIGTERM or Ctrl-C.

Without settings it is one person's server on this machine, with SQLite and a folder of evidence below DIR,
which is made if absent. What was accepted is finished before it ends.

exit status: 0 ended as asked, 2 usage or a wrong setting, 5 database, storage or address do not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--listen", metavar="HOST:PORT", help="where it listens (default: 127.0.0.1:8300)")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:  # noqa: ARG001 - as every verb
    """Answer until it is told to end."""
    from certmark.server.serving import serve

    serve(settings, lambda address: print(f"certmark-server: {address}", flush=True))
    return ServerExit.OK
