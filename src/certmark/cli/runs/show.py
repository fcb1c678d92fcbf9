"""What is known of a run: its verdict, how far it came, what it was asked, where it lies.

Nothing is judged again: certmark judge RUN does that, and certmark results show RUN has the outcomes.

exit status: 0 shown, 2 usage, or there is no such run
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    run: str = argument(metavar="RUN", nargs="?", default="last", help="its id, its folder, or last (default: last)")


def run(options: Options, console: Console) -> Exit:
    """Show it."""
    from certmark.app.runs import run_named
    from certmark.cli.advice import worded
    from certmark.reporting.runs import RunView

    show(RunView(run_named(options.run), worded), console, as_json=options.json)
    return Exit.OK
