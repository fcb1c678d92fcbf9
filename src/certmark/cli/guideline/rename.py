"""Give a capability another key, in the list of capabilities and in every component.

Only in drafts. Every other byte of FILE stays.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import change
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.editing import EditOptions, capability_argument, file_argument


@dataclass(frozen=True, kw_only=True)
class Options(EditOptions):
    """The options of the verb."""

    file: str = file_argument()
    capability: str = capability_argument()
    new: str = argument(metavar="NEW", help="its new key")


def run(options: Options, console: Console) -> Exit:
    """Rename it wherever it stands."""
    from certmark.authoring.changes.capabilities import RenameCapability

    return change([options.file], RenameCapability(options.capability, options.new), options, console)
