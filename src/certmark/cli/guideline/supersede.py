"""Mark an approved guideline as superseded: two approved ones of its line lie beside it that came after it.

Every other byte of FILE stays.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import finish
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options.editing import DryRunOption, file_argument


@dataclass(frozen=True, kw_only=True)
class Options(DryRunOption):
    """The options of the verb."""

    file: str = file_argument()


def run(options: Options, console: Console) -> Exit:
    """Mark it."""
    from certmark.app.guideline.approving import supersede_guideline

    result = supersede_guideline(options.file, listener(console), dry_run=options.dry_run)
    return finish(result, console, dry_run=options.dry_run)
