"""The programmes that are trusted on this machine, and until when.

exit status: 0 listed, also if there is none, 3 one of them cannot be read
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import option


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    json: bool = option("--json", action="store_true", help="as JSON")


def run(options: Options, console: Console) -> Exit:
    """List them."""
    from certmark.app.trust.programmes import show as known_programmes
    from certmark.reporting.programmes import ProgrammesView, ShownProgramme

    found = [ShownProgramme(*known) for known in known_programmes(None)]
    if found or options.json:
        show(ProgrammesView(found, dt.datetime.now(dt.UTC)), console, as_json=options.json)
    else:
        console.remark("no programme is trusted here yet; begin with certmark trust add")
    return Exit.OK
