"""Fetch what a server has of a run: the bytes as they were sent; beside them attestation and receipt, for verify.

What comes is compared with its SHA-256, and what breaks off goes on where it stopped.

exit status: 0 written, 2 usage, or the server refuses, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import QuietOption
from certmark.cli.options.server import RUN_HELP, ServerOptions


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, QuietOption):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help=RUN_HELP)
    output: str = option(
        "--output", "-o", metavar="FILE", help="the file to write; it must not be there yet", required=True
    )


def run(options: Options, console: Console) -> Exit:
    """Fetch and write."""
    from certmark.app.remote import get
    from certmark.cli.transfers import transfer

    with transfer("fetched", console) as progress:
        written = get(options.server_request(), options.run, options.output, progress)
    for path in written.paths:
        console.remark(f"wrote {path}")
    return Exit.OK
