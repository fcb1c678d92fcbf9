"""Show results before any guideline is asked.

Outcomes, failures by cause with their requests, class set-ups that did not pass, skips, tests that
were tried more than once, the slowest classes.

FILE is anything that `certmark judge` reads. Several are taken together.

exit status: 0 shown, 2 usage, 3 unreadable or contradictory input
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.app.inputs.results import remark_on, results_of
from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import ReportOptions
from certmark.domain.summaries import summarise
from certmark.reporting.results import SummaryView
from certmark.reporting.views import Form


@dataclass(frozen=True, kw_only=True)
class Options(ReportOptions):
    """The options of the verb."""

    files: tuple[str, ...] = argument(nargs="+", metavar="FILE", help="a file or directory of results, a run, or -")
    slowest: int = option("--slowest", type=int, default=10, metavar="N", help="how many classes to show (default: 10)")
    full: bool = option("--full", action="store_true", help="every test of every group")


def run(options: Options, console: Console) -> Exit:
    """Read, summarise, write what was asked for."""
    from certmark.cli.advice import SHOW_ALL

    outputs = options.outputs()
    results = results_of(options.files, digest=any(output.form is Form.JSON for output in outputs))
    remark_on(results.evidence, listener(console))
    view = SummaryView(summarise(results), results.evidence, slowest=options.slowest, full=options.full, hint=SHOW_ALL)
    write(view, outputs, console)
    return Exit.OK
