"""Go on with a run that was interrupted, killed or cut off from power.

A signed run stays as it is.
Classes that came to their end are not run again; those that were under way are, as new attempts.
What the run has left in its own projects is removed before, and said; --keep-leftovers leaves it.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable; all others as of certmark run
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.run import EarlierRunOptions


@dataclass(frozen=True, kw_only=True)
class Options(EarlierRunOptions):
    """The options of the verb."""


def run(options: Options, console: Console) -> Exit:
    """Go on."""
    from certmark.app.run.requests import ResumeRequest
    from certmark.app.run.resume import resume_run
    from certmark.cli.run.displays import listening, status_of

    request = ResumeRequest(run=options.run, keep_leftovers=options.keep_leftovers)
    with listening(options, console) as listeners:
        return status_of(resume_run(request, listeners), options, console)
