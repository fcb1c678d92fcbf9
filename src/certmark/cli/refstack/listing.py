"""The results that a server with RefStack's API shows to everybody, the newest first, a line each: when - URL.

On a terminal it waits after each page, unless -y is there; in a pipe all pages come at once.

exit status: 0 shown, 2 usage, or the server refuses, 5 the server does not answer, not as RefStack does, or without end
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console, printable
from certmark.cli.display import can_be_asked, show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.refstack import RefStackOptions

if TYPE_CHECKING:
    from certmark.client.refstack import ListedResults


@dataclass(frozen=True, kw_only=True)
class Options(RefStackOptions):
    """The options of the verb."""

    start_date: str | None = option(
        "--start-date", metavar="DATE", help='from then on, UTC, such as "2015-04-24 01:23:56"'
    )
    end_date: str | None = option("--end-date", metavar="DATE", help="until then")
    json: bool = option("--json", action="store_true", help="for machines: one JSON object on standard output")


def run(options: Options, console: Console) -> Exit:
    """Ask for page after page."""
    from certmark.app.refstack.server import server_of
    from certmark.reporting.refstack import ListedResultsView

    options.check()
    pages = server_of(options.server_request(), listener(console)).pages(options.start_date, options.end_date)
    if options.json:
        show(ListedResultsView([one for page in pages for one in page]), console, as_json=True)
        return Exit.OK
    waits = console.is_terminal and can_be_asked() and not options.yes
    for number, page in enumerate(pages):
        if number and waits and not _goes_on():
            return Exit.OK
        _tell(page, console)
        if not page:
            console.remark("there is none")
    return Exit.OK


def _goes_on() -> bool:
    """Whether whoever reads wants the next page."""
    sys.stdout.flush()
    sys.stderr.write("Press Enter to go to next page...")
    sys.stderr.flush()
    return bool(sys.stdin.readline())


def _tell(page: Sequence[ListedResults], console: Console) -> None:
    console.data("".join(f"{printable(one.created)} - {printable(one.url)}\n" for one in page))
