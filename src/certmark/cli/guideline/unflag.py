"""Take the flag of a test away: it counts again where it is required. Only in drafts.

TEST is its name or an alias, the end of one, or its id. Every other byte of FILE stays.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import change
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.editing import EditOptions, file_argument


@dataclass(frozen=True, kw_only=True)
class Options(EditOptions):
    """The options of the verb."""

    file: str = file_argument()
    test: str = argument(metavar="TEST", help="its name or an alias, the end of one, or its id")


def run(options: Options, console: Console) -> Exit:
    """Take it away wherever the test stands."""
    from certmark.authoring.changes.flags import UnflagTest

    return change([options.file], UnflagTest(options.test), options, console)
