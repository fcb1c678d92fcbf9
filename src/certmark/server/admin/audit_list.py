"""List who changed what, the newest change first: number, moment, who, action, subject, request.

The request is the id that the answer and the log had (X-Request-Id); `certmark-server` and `worker` stand for what
the operator's commands and the server itself did. With --json a document, for programs.

exit status: 0 listed, 2 usage, 5 the database does not allow it
"""

from __future__ import annotations

import argparse
import json

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--subject", metavar="ID", help="only changes of this run, upload, token, source ...")
    parser.add_argument("--limit", metavar="N", type=int, default=100, help="how many at most (default: 100)")
    parser.add_argument("--before", metavar="NUMBER", type=int, help="only changes before the one with this number")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """List them."""
    from certmark.domain.errors import InvalidRequest
    from certmark.reporting.text import plain
    from certmark.server.opening import operated
    from certmark.server.services.moments import written
    from certmark.server.store import audit

    if given.limit < 1:
        raise InvalidRequest("--limit must be 1 or more")
    before = audit.NEWEST if given.before is None else given.before
    with operated(settings) as services, services.database.read() as transaction:
        found = audit.entries(transaction, given.limit, before, given.subject)
    rows = [
        {
            "number": one.number,
            "moment": written(one.moment),
            "who": one.name,
            "action": one.action,
            "subject": one.subject,
            "request": one.request,
        }
        for one in found
    ]
    if given.json:
        print(json.dumps({"entries": rows}, indent=2))
    else:
        for row in rows:
            print(*(plain("" if value is None else str(value)) for value in row.values()), sep="\t")
    return ServerExit.OK
