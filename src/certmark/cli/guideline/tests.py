"""Print the tests that a suite must run for a program, one a line.

By default: the required tests that are not flagged, each with its aliases, since a suite may know a
test by an older or a newer name. The form regex is for `tempest run --include-list` and
`stestr run --include-list`; refstack is what RefStack's server answered, line for line (its own
defaults were every level, --flagged and aliases).
GUIDELINE is a file, - for standard input, or the id of a shipped guideline.

exit status: 0 printed, 2 usage, 3 unreadable guideline, 4 there is nothing to run
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
from certmark.domain.selection import IncludeList, ListForm

_FORMS = tuple(form.value for form in ListForm)


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    guideline: str | None = guideline_argument()
    program: str | None = option("--program", "-p", help=PROGRAM_HELP)
    level: str = option(
        "--level",
        default="required",
        metavar="LEVELS",
        help="required, advisory, deprecated, removed, with commas between; or all (default: required)",
    )
    format: str = option("--format", "-f", choices=_FORMS, default=_FORMS[0], help=f"default: {_FORMS[0]}")
    flagged: bool = option("--flagged", action="store_true", help="the flagged tests, too")
    no_aliases: bool = option("--no-aliases", action="store_true", help="only the names of the guideline")


def run(options: Options, console: Console) -> Exit:
    """Print the list; INCOMPLETE where there is nothing to run."""
    from certmark.app.inputs.guidelines import guideline_of, hosts_of, levels_of, program_of
    from certmark.domain.members import with_members
    from certmark.reporting.guideline.listing import IncludeListView

    levels = levels_of(options.level)
    guideline = guideline_of(options.guideline, options.program, listener(console))
    program = program_of(guideline, options.program)
    guideline = with_members(guideline, program, hosts_of(program, options.guideline, listen=listener(console)))
    wanted = IncludeList(guideline, program, levels, options.flagged, not options.no_aliases)
    form = ListForm(options.format)
    if options.json:
        show(IncludeListView(wanted), console, as_json=True)
    else:
        console.data("\n".join(wanted.lines(form)))
    if form is ListForm.IDS and wanted.without_id and not options.json:
        count = len(wanted.without_id)
        console.remark(f"{count} tests have no id and are not in the list; take the form names or regex")
    if wanted.tests:
        return Exit.OK
    console.remark(f'"{program.name}" asks for no test at these levels')
    return Exit.INCOMPLETE
