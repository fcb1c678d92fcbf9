"""Show what changed between two guidelines, in the words of the process.

How many tests each program demands, before and after; capabilities that changed their level, were added,
merged or split; tests that were added, removed, moved or renamed (known by their ids); flags, aliases, weights,
the cut-off, releases, designated sections, programs; then changes of wording; then whatever else differs, place by
place. BEFORE and AFTER are files of any schema, also of different ones, lists of tests, or ids of shipped guidelines.

exit status: 0 they say the same, 1 something changed, 2 usage, 3 unreadable guideline
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import ReportOptions
from certmark.domain.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class Options(ReportOptions):
    """The options of the verb."""

    before: str = argument(metavar="BEFORE", help="the earlier guideline, or -")
    after: str = argument(metavar="AFTER", help="the later one")
    full: bool = option("--full", action="store_true", help="every entry of long lists")


def run(options: Options, console: Console) -> Exit:
    """Read both, compare, write what was asked for."""
    from certmark.app.inputs.guidelines import guideline_of
    from certmark.cli.advice import worded
    from certmark.domain.guideline_changes import changes_between
    from certmark.reporting.guideline.changes import GuidelineChangesView

    outputs = options.outputs()
    if options.before == options.after == "-":
        raise InvalidRequest("only one of the two can be standard input")
    before, after = (guideline_of(named, None, listener(console)) for named in (options.before, options.after))
    changes = changes_between(before, after)
    write(GuidelineChangesView(changes, before, after, full=options.full, words=worded), outputs, console)
    if not changes and before.data != after.data:
        console.remark("the two differ in their layout only")
    return Exit.FAIL if changes else Exit.OK
