"""Make an upload token, and show it once.

Whoever has it sends results in the name NAME, sees what NAME sent, and deletes it.

exit status: 0 made, 2 usage, 5 the database does not allow it
"""

from __future__ import annotations

import argparse
import sys

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("name", metavar="NAME", help="whom it stands for; made if there is none")
    parser.add_argument("--label", default="", help="what it is for")
    parser.add_argument("--days", type=int, default=365, metavar="N", help="how long it holds (default: 365)")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--read-only", action="store_true", help="it sees what NAME sent, and sends nothing")
    kinds.add_argument("--runner", action="store_true", help="it carries out standing orders, too")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Make it; the token alone stands on standard output."""
    from certmark.server.asking import TokenScope
    from certmark.server.opening import operated
    from certmark.server.services import tokens
    from certmark.server.services.moments import written

    scopes = (TokenScope.READ,) if given.read_only else tokens.OF_RUNNERS if given.runner else tokens.MAY
    with operated(settings) as services:
        text, token = tokens.new(services, given.name, given.label, given.days, scopes)
    print(text)
    remark = f"its id is {token.digest.hex()[:12]}; it holds until {written(token.expires)}, and is shown only now"
    print(f"certmark-server: {remark}", file=sys.stderr)
    return ServerExit.OK
