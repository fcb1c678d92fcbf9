"""Convert results among Certmark's report JSON, JUnit XML, subunit v2 and RefStack's upload JSON.

FILE is anything that `certmark judge` reads. What is written is read back: what the form has no place
for is told, and a form in which the results could be judged otherwise is refused. RefStack's form names
passed tests only.

exit status: 0 converted, 2 usage or refused, 3 unreadable or contradictory input
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.app.results import ConvertRequest, ResultsForm, convert_results
from certmark.cli.console import Console
from certmark.cli.display import write_content
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import QuietOption
from certmark.domain.errors import InvalidRequest

_FORMS = tuple(form.value for form in ResultsForm)


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    files: tuple[str, ...] = argument(nargs="+", metavar="FILE", help="a file or directory of results, a run, or -")
    to: str = option("--to", "-t", required=True, choices=_FORMS, help="the form to write")
    output: str | None = option("--output", "-o", metavar="FILE", help="where to (default: standard output)")
    cpid: str = option("--cpid", default="", help="the cloud's id, for --to refstack (default: empty)")


def run(options: Options, console: Console) -> Exit:
    """Read, write in another form."""
    form = ResultsForm(options.to)
    if form is ResultsForm.SUBUNIT and options.output is None and console.is_terminal:
        raise InvalidRequest("subunit is binary; name a file with -o or send it down a pipe")
    request = ConvertRequest(results=options.files, form=form, cpid=options.cpid)
    write_content(convert_results(request, listener(console)), options.output, console)
    return Exit.OK
