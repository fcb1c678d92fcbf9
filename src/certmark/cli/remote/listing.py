"""Your runs on a server, the newest first.

exit status: 0 shown, 2 usage, or the server refuses, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import checked, option
from certmark.cli.options.output import JsonOption
from certmark.cli.options.server import ServerOptions


def _count(text: str) -> int:
    if not 0 < int(text) <= 10_000:
        raise ValueError(text)
    return int(text)


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, JsonOption):
    """The options of the verb."""

    limit: int = option(
        "--limit", type=checked(_count, "a number from 1 to 10000"), default=50, metavar="N", help="(default: 50)"
    )


def run(options: Options, console: Console) -> Exit:
    """Ask, and list."""
    from certmark.app.remote import server_of
    from certmark.reporting.remote import RemoteRunsView

    found = list(server_of(options.server_request()).runs(options.limit))
    show(RemoteRunsView(found), console, as_json=options.json)
    return Exit.OK
