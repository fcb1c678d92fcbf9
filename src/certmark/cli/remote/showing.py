"""The verdict on a run that a server has, as judge prints it: under any guideline that it knows, any policy, any day.

Of a run that goes on elsewhere (run --live): how far it is.

exit status: 0 pass, or not judged, 1 fail, 2 usage, or the server refuses, 3 the run cannot be read,
4 incomplete or not applicable, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit, of_word
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import POLICY_HELP, PROGRAM_HELP, day
from certmark.cli.options.server import RUN_HELP, ServerOptions
from certmark.cli.remote.words import write_answer

if TYPE_CHECKING:
    import datetime as dt

_FORMS = ("text", "json", "markdown", "html", "junit")


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help=RUN_HELP)
    guideline: str | None = option("--guideline", "-g", help="an id that the server knows, or the SHA-256 of a text")
    program: str | None = option("--program", "-p", help=PROGRAM_HELP)
    policy: str | None = option("--policy", help=POLICY_HELP)
    as_of: dt.date | None = day("judge as on this day (default: today, UTC)")
    format: str = option("--format", "-f", choices=_FORMS, default="text", metavar="FORM", help=", ".join(_FORMS))


def run(options: Options, console: Console) -> Exit:
    """Have it judged, and write the answer as it comes."""
    from certmark.app.remote import server_of, verdict_or_live
    from certmark.client.values import LiveRun
    from certmark.reporting.remote import LiveRunView

    found = verdict_or_live(
        server_of(options.server_request()),
        options.run,
        options.format,
        guideline=options.guideline,
        program=options.program,
        policy=_policy(options.policy),
        as_of=None if options.as_of is None else options.as_of.isoformat(),
    )
    if isinstance(found, LiveRun):
        show(LiveRunView(found), console, as_json=options.format == "json")
        return Exit.OK
    content, standing = found
    write_answer(content, options.format, console)
    return Exit.OK if standing is None else of_word(standing)


def _policy(named: str | None) -> str | None:
    """A name as it is, and what is in a file of it. Raises OSError."""
    is_file = named is not None and Path(named).is_file()
    return Path(named).read_text(encoding="utf-8") if named is not None and is_file else named
