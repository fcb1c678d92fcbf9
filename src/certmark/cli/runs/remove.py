"""Remove runs from this machine: their folders, with results, reports, bundles and signatures in them.

Nothing in a cloud is touched: what a run left there certmark cloud leftovers --run RUN removes before.
First the runs are listed, then asked. A run that is running stays.

exit status: 0 removed, or there was none so old, 1 something stays, 2 usage, or there is no such run
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import can_be_asked, is_agreed, show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, checked, option
from certmark.cli.options.output import JsonOption
from certmark.domain.errors import InvalidRequest

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def _age(text: str) -> dt.timedelta:
    words = re.fullmatch(r"(\d{1,5})([hdw])", text)
    if words is None:
        raise ValueError(text)
    return dt.timedelta(**{_UNITS[words[2]]: int(words[1])})


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    runs: tuple[str, ...] = argument(metavar="RUN", nargs="*", help="ids or folders of runs, or last")
    older_than: dt.timedelta | None = option(
        "--older-than", type=checked(_age, "an age like 30d, 12w or 48h"), metavar="AGE", help="all that began before"
    )
    yes: bool = option("--yes", "-y", action="store_true", help="do not ask")


def run(options: Options, console: Console) -> Exit:
    """List, ask, remove, in that order."""
    from certmark.app.runs import RemovalRequest, RunRemoval, removable_runs, remove_runs
    from certmark.reporting.runs import RunRemovalView, RunsView

    if not options.runs and options.older_than is None:
        raise InvalidRequest("name the runs that shall go, or --older-than AGE")
    runs = removable_runs(RemovalRequest(runs=options.runs, older_than=options.older_than))
    if not options.yes and runs:
        if not can_be_asked():
            raise InvalidRequest("nobody can be asked here whether to remove runs; look at them, then add --yes")
        what = "this run and all that lies in its folder" if len(runs) == 1 else f"these {len(runs)} runs"
        if not is_agreed(f"remove {what}?", unseen=RunsView(runs)):
            console.refuse("nothing was removed")
            return Exit.FAIL
    removal = remove_runs(runs, listener(console)) if runs else RunRemoval((), ())
    show(RunRemovalView(removal.removed, removal.kept), console, as_json=options.json)
    return Exit.FAIL if removal.kept else Exit.OK
