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

_EVIDENCE = "evidence"


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    guideline: str = argument(metavar="GUIDELINE", help="which has the capabilities: a file, or a shipped id")
    capabilities: tuple[str, ...] = argument(nargs="+", metavar="CAPABILITY", help="its key")
    output: str | None = option("--output", "-o", metavar="FILE", help="(default: standard output)")
    last: str | None = option("--last", metavar="GUIDELINE", group=_EVIDENCE, help="the last guideline (sticky)")
    history: tuple[str, ...] = option(
        "--history", action="append", metavar="DIR", group=_EVIDENCE, help="earlier guidelines (stable); repeatable"
    )
    survey: str | None = option(
        "--survey", metavar="FILE", group=_EVIDENCE, help="a survey of the suite (atomic, complete, doc)"
    )
    runs: tuple[str, ...] = option(
        "--runs",
        action="append",
        metavar="PATH",
        group=_EVIDENCE,
        help="results, or a folder of runs (deployed, stable)",
    )
    os_cloud: str | None = option(
        "--os-cloud", metavar="NAME", group=_EVIDENCE, help="ask this cloud's catalogue and versions (discover)"
    )
    api_reference: str | None = option(
        "--api-reference", metavar="DIR", group=_EVIDENCE, help="API reference as HTML, RST or Markdown (doc)"
    )


def run(options: Options, console: Console) -> Exit:
    """Write it."""
    from certmark.app.files import write_file
    from certmark.app.guideline.score_proposals import ScoreEvidence
    from certmark.app.guideline.score_sheets import BlankSheetRequest, blank_sheet

    evidence = ScoreEvidence(
        last=options.last,
        history=options.history,
        survey=options.survey,
        runs=options.runs,
        os_cloud=options.os_cloud,
        api_reference=options.api_reference,
    )
    request = BlankSheetRequest(guideline=options.guideline, capabilities=options.capabilities, evidence=evidence)
    content = blank_sheet(request, listener(console))
    if options.output is None:
        console.data_bytes(content)
    else:
        write_file(options.output, content)
        console.remark(f"wrote {options.output}")
    return Exit.OK
