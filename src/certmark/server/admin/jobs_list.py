"""List work outside of requests: kind, subject, when it is due, attempts, what went wrong.

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
    from certmark.server.services import jobs
    from certmark.server.services.moments import written
    from certmark.server.store.jobs import NEVER

    with operated(settings) as services:
        for job in jobs.every(services):
            due = "given up" if job.due == NEVER else "being done" if job.is_claimed else written(job.due)
            print(job.kind, plain(job.subject), due, job.attempts, plain(job.problem or ""), sep="\t")
    return ServerExit.OK
