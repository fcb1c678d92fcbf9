"""Cut the next guideline from the one before, as a draft.

Its id, source, month, releases and what it replaces are set, flags are left behind, and what counts again is said.
Add-ons are cut along, and refer to the new guideline. A working copy (next.json) is taken as well. Every other byte
stays as it was in the guideline before.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import finish
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.editing import DryRunOption


@dataclass(frozen=True, kw_only=True)
class Options(DryRunOption):
    """The options of the verb."""

    source: str = option("--from", required=True, metavar="FILE", help="the one before, or a shipped id")
    month: str = option("--month", required=True, metavar="YYYY.MM", help="for which it is named")
    releases: str = option("--releases", default="", metavar="A,B,C", help="the releases that it covers, oldest first")
    add_ons: tuple[str, ...] = option("--add-ons", nargs="+", metavar="FILE", help="add-ons that are cut along")
    output: str | None = option("--output", "-o", metavar="FOLDER", help="(default: each beside the one before)")


def run(options: Options, console: Console) -> Exit:
    """Cut them, and say what counts again."""
    from certmark.app.guideline.next_guideline import NextRequest, cut_next

    request = NextRequest(
        source=options.source,
        month=options.month,
        releases=[word.strip() for word in options.releases.split(",") if word.strip()],
        add_ons=options.add_ons,
        folder=options.output,
        dry_run=options.dry_run,
    )
    return finish(cut_next(request, listener(console)), console, dry_run=options.dry_run)
