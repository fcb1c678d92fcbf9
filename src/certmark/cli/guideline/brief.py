"""Say on one page who must do what by when, from one guideline to the next.

First what the board decides, vendors must pass and the leads of projects look at, with the date of approval that
the later guideline names; then how many tests each program demands before and after, which capabilities are
required from now on and which no longer, which flags came and which tests count again. Changes of wording are
folded away. BEFORE and AFTER are files of any schema, lists of tests, or ids of shipped guidelines.

exit status: 0 shown, 2 usage, 3 unreadable guideline
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import PageOptions
from certmark.domain.errors import InvalidRequest

_AUDIENCES = ("board", "vendors", "ptl")


@dataclass(frozen=True, kw_only=True)
class Options(PageOptions):
    """The options of the verb."""

    before: str = argument(metavar="BEFORE", help="the earlier guideline, or -")
    after: str = argument(metavar="AFTER", help="the later one")
    for_: str | None = option(
        "--for", choices=_AUDIENCES, help="only what concerns them: the board, vendors, or the leads of projects (ptl)"
    )


def run(options: Options, console: Console) -> Exit:
    """Read both, write what was asked for."""
    from certmark.app.inputs.guidelines import guideline_of
    from certmark.cli.advice import worded
    from certmark.domain.guideline_briefs import Audience, brief_of
    from certmark.reporting.guideline.brief import BriefView

    outputs = options.outputs()
    if options.before == options.after == "-":
        raise InvalidRequest("only one of the two can be standard input")
    before, after = (guideline_of(named, None, listener(console)) for named in (options.before, options.after))
    audience = Audience(options.for_) if options.for_ is not None else None
    write(BriefView(brief_of(before, after), audience, worded), outputs, console)
    return Exit.OK
