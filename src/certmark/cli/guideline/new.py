"""Write an empty guideline to begin with: one program, one component, the criteria of the working group.

It is of format 3, in YAML or JSON as the ending of FILE says; --schema 2.0 writes the older schema, in JSON.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import QuietOption


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    file: str = argument(metavar="FILE", help="to be written: YYYY.MM.yaml")
    program: str = option("--program", required=True, metavar="NAME", help="what a product can be certified for")
    component: str | None = option(
        "--component",
        metavar="NAME",
        help="what makes it (default: the program's name as a key)",
    )
    releases: str = option(
        "--releases", required=True, metavar="A,B,C", help="the releases that it covers, oldest first"
    )
    schema: str = option("--schema", choices=("3.0", "2.0"), default="3.0", help="(default: 3.0)")


def run(options: Options, console: Console) -> Exit:
    """Write it."""
    from certmark.app.guideline.new_guideline import NewRequest, new_guideline

    request = NewRequest(
        file=options.file,
        program=options.program,
        component=options.component,
        releases=[word.strip() for word in options.releases.split(",") if word.strip()],
        schema=options.schema,
    )
    new_guideline(request, console.remark)
    return Exit.OK
