"""Make a required capability advisory again, where the guideline before did not require it.

That takes a promotion of this draft back. What was required before is deprecated instead. Every other byte of FILE
stays.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import change
from certmark.cli.exits import Exit
from certmark.cli.options.editing import LevelOptions


@dataclass(frozen=True, kw_only=True)
class Options(LevelOptions):
    """The options of the verb."""


def run(options: Options, console: Console) -> Exit:
    """Move it, and say what that means."""
    from certmark.authoring.changes.levels import Demote

    return change([options.file], Demote(options.capability, options.component), options, console)
