"""Make a guideline of format 3 of a list of tests.

The tests of each class become a capability, and lines with one id one test with aliases. The guideline gives the
verdict that the list gives: its program stays a list, and its policy is that of the list. What a list does not say
(levels, descriptions, who approved it) is then written into the guideline. It is YAML, or JSON where the name of the
file ends so.

exit status: 0 made, 2 usage, 3 unreadable list, 5 the list cannot be fetched
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import write_content
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import is_yaml_name
from certmark.cli.options.output import QuietOption


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    tests: str = argument(metavar="LIST", help="a list of tests: a file, -, a shipped id, or an address (https)")
    id: str = option("--id", required=True, metavar="ID", help="the guideline's id, such as 2027.06")
    title: str | None = option("--title", metavar="TITLE", help="its name for people (default: the list's)")
    project_from_names: bool = option(
        "--project-from-names", action="store_true", help="name each capability's project after the tests' packages"
    )
    output: str | None = option("--output", "-o", metavar="FILE", help="where to (default: standard output)")


def run(options: Options, console: Console) -> Exit:
    """Read the list, write the guideline."""
    from certmark.app.guideline.converting import FromListRequest, make_guideline

    request = FromListRequest(
        tests=options.tests,
        id=options.id,
        title=options.title,
        projects=options.project_from_names,
        as_json=options.output is not None and not is_yaml_name(options.output),
    )
    write_content(make_guideline(request, listener(console)), options.output, console)
    return Exit.OK
