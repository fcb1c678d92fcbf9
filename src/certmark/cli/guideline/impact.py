"""Say which clouds would break, and which would newly pass, if a draft were approved.

Runs that were made are judged by the guideline as it is and by the draft: for each program one run of each cloud, the
newest that passes or fails. Who would break is told with the capabilities and tests by which. Without waivers: they
are of products, and expire.

--runs names a folder with a file or a folder of results for each run (also runs of certmark run, bundles and
reports), or the address of a server, which judges all runs that are shared there; the draft is sent to it and not
kept, and it must have the guideline that the draft replaces.

exit status: 0 no cloud would break, 1 some would, 2 usage, 3 unreadable guideline, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import PROGRAM_HELP
from certmark.cli.options.output import ReportOptions
from certmark.cli.options.server import ServerOptions, is_url

if TYPE_CHECKING:
    from certmark.app.guideline.impact import ImpactRequest


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, ReportOptions):
    """The options of the verb."""

    draft: str = argument(metavar="DRAFT", help="the guideline that may be approved")
    runs: str | None = option(
        "--runs", metavar="WHERE", help="a folder of runs, or the URL of a server (default: that of --server)"
    )
    predecessor: str | None = option(
        "--predecessor", metavar="FILE", help="the guideline as it is now (default: the one that the draft replaces)"
    )
    program: str | None = option("--program", "-p", help=f"{PROGRAM_HELP}; default: all")
    full: bool = option("--full", action="store_true", help="every entry of long lists")

    def request(self) -> ImpactRequest:
        """What is asked of the application."""
        from certmark.app.guideline.impact import ImpactRequest

        where = self.runs
        if where is None or is_url(where):
            found = replace(self, server=where or self.server).server_request()
            return ImpactRequest(draft=self.draft, predecessor=self.predecessor, program=self.program, runs=found)
        return ImpactRequest(draft=self.draft, predecessor=self.predecessor, program=self.program, runs=where)


def run(options: Options, console: Console) -> Exit:
    """Judge by both, and tell the difference."""
    from certmark.app.guideline.impact import impact_of
    from certmark.cli.advice import worded
    from certmark.reporting.guideline.impact import ImpactView

    outputs = options.outputs()
    found = impact_of(options.request(), listener(console))
    view = ImpactView(found.impact, found.predecessor, found.draft, full=options.full, words=worded)
    write(view, outputs, console)
    return Exit.FAIL if found.impact.breaking else Exit.OK
