"""Show what changed between two runs that a server has, as results diff does for files.

exit status: 0 nothing is newly failing, 1 something is, 2 usage, or the server refuses, 3 a run cannot be read,
5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.server import RUN_HELP, ServerOptions
from certmark.cli.remote.words import write_answer

_FORMS = ("text", "json", "markdown", "html")


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions):
    """The options of the verb."""

    before: str = argument(metavar="BEFORE", help=f"the earlier run on the server: {RUN_HELP}")
    after: str = argument(metavar="AFTER", help="the later one")
    format: str = option("--format", "-f", choices=_FORMS, default="text", metavar="FORM", help=", ".join(_FORMS))


def run(options: Options, console: Console) -> Exit:
    """Have them compared, and write the answer."""
    from certmark.app.remote import server_of

    server = server_of(options.server_request())
    content, is_worse = server.comparison(options.before, options.after, options.format)
    write_answer(content, options.format, console)
    return Exit.FAIL if is_worse else Exit.OK
