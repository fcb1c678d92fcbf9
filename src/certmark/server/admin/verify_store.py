"""Compute digests of evidence, outcomes of runs and verdicts again, and compare.

Verdicts are judged as on the day on which they were kept. The server may go on meanwhile.

exit status: 0 all is as it was kept, 1 something differs, 2 usage, 5 database or storage do not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The verb has no arguments of its own."""


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:  # noqa: ARG001 - as every verb
    """Look through everything."""
    from certmark.reporting.text import plain
    from certmark.server.opening import operated
    from certmark.server.services.verifying import verify

    count = 0
    with operated(settings) as services:
        for found in verify(services):
            count += 1
            print(f"{found.subject} {plain(found.what)}")
    print(f"{count} discrepancies" if count else "all is as it was kept")
    return ServerExit.FOUND if count else ServerExit.OK
