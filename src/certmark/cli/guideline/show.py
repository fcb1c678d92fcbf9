"""Show a guideline: what it says of itself, its capabilities by level, its flagged tests and why.

GUIDELINE is a file (JSON of any schema, a plain list of tests, a Kubernetes conformance list;
gzipped or not), - for standard input, or the id of a shipped guideline.
What is odd in the document is told on standard error; nothing of it is repaired.

exit status: 0 shown, 2 usage, 3 unreadable guideline
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.guideline import PROGRAM_HELP, guideline_argument
from certmark.cli.options.output import JsonOption
from certmark.domain.programs import part_of


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    guideline: str | None = guideline_argument()
    program: str | None = option("--program", "-p", help=f"only what it asks for: {PROGRAM_HELP}")
    capability: tuple[str, ...] = option(
        "--capability", "-c", action="append", metavar="KEY", help="this one with all its tests"
    )
    full: bool = option("--full", action="store_true", help="every capability with all its tests")


def run(options: Options, console: Console) -> Exit:
    """Show it whole, or the chosen capabilities."""
    from certmark.app.inputs.guidelines import Remarks, guideline_of, program_of
    from certmark.reporting.guideline.showing import GuidelineView

    chosen = bool(options.capability)
    guideline = guideline_of(
        options.guideline, options.program, listener(console), remarks=Remarks.COUNTED if chosen else Remarks.ALL
    )
    program = None if options.program is None else program_of(guideline, options.program)
    part = part_of(guideline, program, options.capability)
    view = GuidelineView(part, summary=not chosen, tests=chosen or options.full)
    show(view, console, as_json=options.json)
    return Exit.OK
