"""List private runs that are deleted next for their age, where `retention_days` is set.

The columns: the run, who sent it, its name, when it came, and when it is deleted; `not told` where its owner hears of
it next. Nothing is deleted by this.

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
    from certmark.server import ids
    from certmark.server.opening import operated
    from certmark.server.services import retention
    from certmark.server.services.moments import written

    with operated(settings) as services:
        for one in retention.planned(services):
            due = "not told" if one.due is None else written(one.due)
            named = (plain(one.owner_name), plain(one.name))
            print(ids.written(one.id), *named, written(one.created), due, sep="\t")
    return ServerExit.OK
