"""The verdict on a run that a server has, as judge prints it: under any guideline that the server knows, for any day.

exit status: 0 pass, or not judged, 1 fail, 2 usage, or the server refuses, 3 the run cannot be read,
4 incomplete or not applicable, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console, harmless
from certmark.cli.exits import Exit, of_word
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import PROGRAM_HELP, day
from certmark.cli.options.server import ServerOptions

if TYPE_CHECKING:
    import datetime as dt

_FORMS = ("text", "json", "markdown", "html", "junit")


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help="its id on the server")
    guideline: str | None = option("--guideline", "-g", help="an id that the server knows, or the SHA-256 of a text")
    program: str | None = option("--program", "-p", help=PROGRAM_HELP)
    as_of: dt.date | None = day("judge as on this day (default: today, UTC)")
    format: str = option("--format", "-f", choices=_FORMS, default="text", metavar="FORM", help=", ".join(_FORMS))


def run(options: Options, console: Console) -> Exit:
    """Have it judged, and write the answer as it comes."""
    from certmark.app.remote import server_of

    content, standing = server_of(options.server_request()).verdict(
        options.run,
        options.format,
        guideline=options.guideline,
        program=options.program,
        as_of=None if options.as_of is None else options.as_of.isoformat(),
    )
    if options.format == "text":
        console.data(harmless(content.decode(errors="replace").rstrip()))
    else:
        console.data_bytes(content)
    return Exit.OK if standing is None else of_word(standing)
