"""Do work outside of requests, until SIGTERM or Ctrl-C.

Any number of workers work for one database, on any number of machines; what one was doing when it vanished
another one does. A server on SQLite does its work itself and needs none.

exit status: 0 ended as asked, 2 usage or a wrong setting, 5 database or storage do not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--once", action="store_true", help="do what is due now, and end")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Work until it is told to end."""
    from certmark.server.jobs.working import work, work_once
    from certmark.server.observing.logs import begin_logging
    from certmark.server.opening import operated
    from certmark.server.stopping import Stop

    begin_logging()
    with operated(settings) as services:
        if given.once:
            work_once(services)
        else:
            with Stop() as stop:
                work(services, stop.event)
    return ServerExit.OK
