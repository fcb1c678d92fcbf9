"""The runs on this machine, the newest first: when, the verdict or how far they came, id, program, cloud.

Wherever a command takes results, a bundle or a run, the id of one does, or the beginning of it that no
other run shares, or the word last. Runs in folders of their own (certmark run --folder) are not listed.
certmark runs show RUN says more of one, certmark runs remove RUN removes it.

exit status: 0 listed, also if there is none, 2 usage
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import near_home, show
from certmark.cli.exits import Exit
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""


def run(options: Options, console: Console) -> Exit:
    """List them."""
    from certmark.app.runs import list_runs
    from certmark.reporting.runs import RunsView
    from certmark.runner.folders import runs_home

    runs = list_runs()
    if runs or options.json:
        show(RunsView(runs, near_home(runs_home())), console, as_json=options.json)
    else:
        console.remark("there is no run yet; begin one with certmark run")
    return Exit.OK
