"""A draft of a trust document, for the office of a programme: the first one as a form, or the next one from PREVIOUS.

Fill it in, then let each member of the office sign it with certmark trust sign.

exit status: 0 written, 2 usage, 3 PREVIOUS cannot be read
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    previous: str | None = argument(metavar="PREVIOUS", nargs="?", help="the newest edition that is signed")
    programme: str = option(
        "--programme", metavar="NAME", default="Example programme", help="its name, for a first one"
    )
    output: str | None = option("--output", "-o", metavar="FILE", help="(default: standard output)")


def run(options: Options, console: Console) -> Exit:
    """Write the draft."""
    from certmark.app.files import write_file
    from certmark.app.trust.office import draft

    drafted = draft(options.previous, options.programme, dt.datetime.now(dt.UTC).date())
    if options.output is None:
        console.data(drafted.text.rstrip("\n"))
    else:
        write_file(options.output, drafted.text.encode())
        console.remark(f"wrote {options.output}, a draft of edition {drafted.number}")
    return Exit.OK
