"""Say what of the sandbox runs and answers, on which ports, and what was broken on purpose.

exit status: 0 it is up, 2 usage, 5 there is none, or it is not up
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options.output import JsonOption
from certmark.cli.options.sandbox import SandboxOptions


@dataclass(frozen=True, kw_only=True)
class Options(SandboxOptions, JsonOption):
    """The options of the verb."""


def run(options: Options, console: Console) -> Exit:
    """Ask every service, and show what it says."""
    from certmark.app.sandbox import status_of
    from certmark.reporting.sandbox import SandboxView

    found = status_of(options.choice)
    show(SandboxView(found), console, as_json=options.json)
    if found.is_up:
        return Exit.OK
    console.remark("`certmark sandbox up` brings up what does not run")
    return Exit.ENVIRONMENT
