"""Run tests of an earlier run again, in that run: attempts are added, and the first ones are kept.

A signed run stays as it is: begin a new one.
The verdict counts the last attempt of a test and discloses the others, unless the guideline says otherwise.
What the run has left in its own projects is removed before, and said; --keep-leftovers leaves it.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable; all others as of certmark run
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.run import EarlierRunOptions


@dataclass(frozen=True, kw_only=True)
class Options(EarlierRunOptions):
    """The options of the verb."""

    failed: bool = option("--failed", action="store_true", help="the tests that did not pass (also without this word)")
    skipped: bool = option("--skipped", action="store_true", help="those that were skipped, too")


def run(options: Options, console: Console) -> Exit:
    """Run them again."""
    from certmark.app.run.requests import RerunRequest
    from certmark.app.run.resume import resume_run
    from certmark.cli.run.displays import listening, status_of

    request = RerunRequest(run=options.run, keep_leftovers=options.keep_leftovers, skipped=options.skipped)
    with listening(options, console) as listeners:
        return status_of(resume_run(request, listeners), options, console)
