"""Show what changed between two runs: newly failing, no longer run, gone, fixed, new and unstable tests.

Tests are followed by their ids, across renames. BEFORE and AFTER are anything that `certmark judge`
reads.

exit status: 0 nothing is newly failing, 1 something is, 2 usage, 3 unreadable or contradictory input
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
from certmark.domain.comparisons import OutcomeChange, compare, counted
from certmark.domain.results import Results
from certmark.reporting.results import DifferenceView


@dataclass(frozen=True, kw_only=True)
class Options(ReportOptions):
    """The options of the verb."""

    before: str = argument(metavar="BEFORE", help="the earlier results, or run")
    after: str = argument(metavar="AFTER", help="the later results, or run")
    full: bool = option("--full", action="store_true", help="every test of every group")


def run(options: Options, console: Console) -> Exit:
    """Read both, compare, write what was asked for."""
    from certmark.cli.advice import SHOW_ALL

    outputs = options.outputs()
    before, after = (_results(path, console) for path in (options.before, options.after))
    differences = compare(before, after)
    write(DifferenceView(differences, full=options.full, hint=SHOW_ALL), outputs, console)
    return Exit.FAIL if counted(differences)[OutcomeChange.NEWLY_FAILING] else Exit.OK


def _results(path: str, console: Console) -> Results:
    results = results_of([path], digest=False)
    remark_on(results.evidence, listener(console))
    return results
