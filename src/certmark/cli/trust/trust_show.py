"""Whom and what a programme trusts: its office, signers, approvers of waivers, guidelines, logs, revocations.

NAME is a programme that is known here, or the file of a trust document that its office signed.

exit status: 0 shown, 2 usage, 3 it cannot be read, or its office did not sign it
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    name: str = argument(metavar="NAME", help="a programme that is known here, or a file")
    json: bool = option("--json", action="store_true", help="as JSON")


def run(options: Options, console: Console) -> Exit:
    """Show it."""
    from certmark.app.trust.programmes import show as known_programmes
    from certmark.reporting.programmes import ProgrammeView, ShownProgramme

    for known in known_programmes(options.name):
        show(ProgrammeView(ShownProgramme(*known), dt.datetime.now(dt.UTC)), console, as_json=options.json)
    return Exit.OK
