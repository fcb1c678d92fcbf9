"""Stop every process of the sandbox; with --purge remove its folder, too.

Without --purge its objects and users stay, and `certmark sandbox up` brings it back in seconds.

exit status: 0 nothing of it runs, 2 usage, 5 there is no sandbox, or it cannot be stopped
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.output import QuietOption
from certmark.cli.options.sandbox import SandboxOptions


@dataclass(frozen=True, kw_only=True)
class Options(SandboxOptions, QuietOption):
    """The options of the verb."""

    purge: bool = option("--purge", action="store_true", help="remove its folder with everything in it")


def run(options: Options, console: Console) -> Exit:
    """Stop it."""
    from certmark.app.sandbox import take_down
    from certmark.cli.sandbox.teller import Teller

    folder = take_down(options.choice, Teller(console), purge=options.purge)
    what = f" and {folder} is removed" if options.purge else f"; {folder} stays"
    console.remark(f"the sandbox is down{what}")
    return Exit.OK
