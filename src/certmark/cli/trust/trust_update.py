"""Get the newest edition of a programme's trust document, and its newest list of revocations.

Each edition must be signed by the office of the one before and by its own; an older one never takes the place of a
newer one, and one that has expired is not used. What was known stays where something is wrong.

exit status: 0 all is up to date, 2 usage, 3 what lies there is not to be trusted, or has expired,
5 a server does not give it
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    name: str | None = argument(metavar="NAME", nargs="?", help="(default: every programme that is known)")
    json: bool = option("--json", action="store_true", help="what is trusted now as JSON")


def run(options: Options, console: Console) -> Exit:
    """Look, and show what is trusted now."""
    from certmark.app.trust.programmes import update
    from certmark.reporting.programmes import ProgrammesView, ShownProgramme

    found = [ShownProgramme(*known) for known in update(options.name, listener(console))]
    show(ProgrammesView(found, dt.datetime.now(dt.UTC)), console, as_json=options.json)
    return Exit.OK
