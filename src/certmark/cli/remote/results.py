"""Every test of a run that a server has, and what became of it.

exit status: 0 shown, 2 usage, or the server refuses, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.output import JsonOption
from certmark.cli.options.server import RUN_HELP, ServerOptions


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, JsonOption):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help=RUN_HELP)


def run(options: Options, console: Console) -> Exit:
    """Ask, and list."""
    from certmark.app.remote import server_of
    from certmark.reporting.remote import RemoteResultsView

    show(RemoteResultsView(server_of(options.server_request()).results(options.run)), console, as_json=options.json)
    return Exit.OK
