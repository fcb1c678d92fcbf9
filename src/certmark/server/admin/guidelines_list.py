"""List the sources of guidelines: place, when it was looked at last, what was wrong, guidelines that came from it.

With --json a document, for programs.

exit status: 0 listed, 1 listed, and a source is away or broken, 2 usage, 5 the database does not allow it
"""

from __future__ import annotations

import argparse
import json

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """List them."""
    from certmark.reporting.text import plain
    from certmark.server.opening import operated
    from certmark.server.services import guidelines, sources
    from certmark.server.services.moments import written

    with operated(settings) as services:
        found = sources.every(services)
        brought = guidelines.by_source(services)
    rows = [
        {
            "place": one.place,
            "looked": None if one.looked is None else written(one.looked),
            "problem": one.problem,
            "guidelines": brought.get(one.place, []),
        }
        for one in found
    ]
    if given.json:
        print(json.dumps({"sources": rows}, indent=2))
    else:
        for row, one in zip(rows, found, strict=True):
            looked, names = row["looked"] or "never", ", ".join(brought.get(one.place, []))
            print(plain(one.place), looked, plain(one.problem or "ok"), plain(names), sep="\t")
    return ServerExit.FOUND if any(one.problem is not None for one in found) else ServerExit.OK
