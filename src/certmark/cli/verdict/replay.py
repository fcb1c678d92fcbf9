"""Judge old evidence under any guideline or policy, and show what changes, test by test.

EVIDENCE is a report that was judged (report.json), a bundle, or a run's id or folder. What is not named
stays as it was: the guideline, the program, the waivers, the day. With another guideline, its policy
judges. Without any option the old judgement is repeated; where it cannot be, or does not come out again,
the reasons are told.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable, all of the new verdict; 2 usage, 3 unreadable input
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit, of_verdict
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import PROGRAM_HELP, day
from certmark.cli.options.output import ReportOptions
from certmark.domain.verdict_values import Standing

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, kw_only=True)
class Options(ReportOptions):
    """The options of the verb."""

    evidence: str = argument(metavar="EVIDENCE", help="a report, a bundle, or a run's id or folder")
    guideline: str | None = option(
        "--guideline", "-g", help="a file, a shipped id, or HISTORY/NAME@DATE (default: that of then)"
    )
    program: str | None = option("--program", "-p", help=PROGRAM_HELP)
    policy: str | None = option("--policy", help="strict, none-failed, refstack-2020, or a JSON file")
    waivers: str | None = option("--waivers", metavar="FILE", help="in the place of those of then")
    waiver_signers: str | None = option(
        "--waiver-signers", metavar="FILE", help="who may approve waivers (allowed signers)"
    )
    no_waivers: bool = option("--no-waivers", action="store_true", help="leave those of then out")
    as_of: dt.date | None = day("judge as on this day (default: the day of then)")
    full: bool = option("--full", action="store_true", help="long lists whole")


def run(options: Options, console: Console) -> Exit:
    """Judge again, compare, write what was asked for."""
    from certmark.app.verdict.replaying import ReplayRequest, replay
    from certmark.cli.advice import SHOW_ALL
    from certmark.reporting.replay import ReplayView

    outputs = options.outputs()
    request = ReplayRequest(
        evidence=options.evidence,
        guideline=options.guideline,
        program=options.program,
        policy=options.policy,
        waivers=options.waivers,
        waiver_signers=options.waiver_signers,
        without_waivers=options.no_waivers,
        as_of=options.as_of,
    )
    found = replay(request, listener(console))
    write(ReplayView(found, full=options.full, hint=SHOW_ALL), outputs, console)
    return of_verdict(Standing(found.after.standing))
