"""List the programs and components of a guideline, or the guidelines that ship along.

GUIDELINE is a file (JSON of any schema, a plain list of tests, a Kubernetes conformance list;
gzipped or not), - for standard input, or the id of a shipped guideline.

exit status: 0 listed, 2 usage, 3 unreadable guideline
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options.guideline import guideline_argument
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    guideline: str | None = guideline_argument("list the shipped ones")


def run(options: Options, console: Console) -> Exit:
    """List the shipped guidelines, or what is in one."""
    from certmark.app.inputs.guidelines import guideline_of
    from certmark.formats.guideline import load, shipped
    from certmark.reporting.guideline.listing import GuidelinesView, ProgramsView

    if options.guideline is None:
        show(GuidelinesView([load(name) for name in shipped()]), console, as_json=options.json)
    else:
        guideline = guideline_of(options.guideline, None, listener(console))
        show(ProgramsView(guideline), console, as_json=options.json)
    return Exit.OK
