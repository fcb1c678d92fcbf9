"""Write a blank sheet: open marks for capabilities of a guideline, each with the evidence that there is.

What evidence says stands beside the mark, as computed or as a hint, and never in its place: a scorer writes 1 or 0.
The sheet is a document of marks; two scorers' sheets become one with certmark guideline score agree.

exit status: 0 written, 2 usage, or there is no such capability, 3 unreadable input, 5 the cloud
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import QuietOption
from certmark.cli.options.scores import EvidenceOptions


@dataclass(frozen=True, kw_only=True)
class Options(EvidenceOptions, QuietOption):
    """The options of the verb."""

    guideline: str = argument(metavar="GUIDELINE", help="which has the capabilities: a file, or a shipped id")
    capabilities: tuple[str, ...] = argument(nargs="+", metavar="CAPABILITY", help="its key")
    output: str | None = option("--output", "-o", metavar="FILE", help="(default: standard output)")


def run(options: Options, console: Console) -> Exit:
    """Write it."""
    from certmark.app.files import write_file
    from certmark.app.guideline.score_sheets import BlankSheetRequest, blank_sheet

    request = BlankSheetRequest(
        guideline=options.guideline, capabilities=options.capabilities, evidence=options.sources()
    )
    content = blank_sheet(request, listener(console))
    if options.output is None:
        console.data_bytes(content)
    else:
        write_file(options.output, content)
        console.remark(f"wrote {options.output}")
    return Exit.OK
