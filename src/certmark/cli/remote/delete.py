"""Have a server forget a run of yours, with its evidence; nothing brings it back.

exit status: 0 forgotten, 2 usage, or the server refuses, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.output import QuietOption
from certmark.cli.options.server import ServerOptions


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, QuietOption):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help="its id on the server, or the beginning of it")


def run(options: Options, console: Console) -> Exit:
    """Have it deleted."""
    from certmark.app.remote import server_of

    server_of(options.server_request()).delete(options.run)
    console.remark(f"run {options.run} is forgotten there")
    return Exit.OK
