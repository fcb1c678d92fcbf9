"""Go on with a run that was interrupted, killed or cut off from power.

Classes that came to their end are not run again; those that were under way are, as new attempts.
What killed classes left in the run's own projects is removed before, and said; --keep-leftovers leaves it.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable; all others as of certmark run
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.options.run import add_going, add_run


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_run(parser)
    add_going(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `resuming`."""
    from certmark.app.run.resume import resume_run

    console.quiet = args.quiet
    return resume_run(args, console)
