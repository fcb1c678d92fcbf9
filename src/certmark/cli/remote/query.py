"""Runs on a server that everybody sees and for which a query holds: how many, what they came to, the newest of them.

QUERY is in the language of queries, such as "vendor:acme* and not status:pass" or "test:NAME=failed since:2026-11-01".
By --guideline and --program they are judged anew; without, they stand as when they came. --by says how they are spread.

exit status: 0 shown, 2 usage, a query that cannot be read, or the server refuses, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument, checked, option
from certmark.cli.options.output import JsonOption
from certmark.cli.options.server import ServerOptions

if TYPE_CHECKING:
    from certmark.client.corpus import AskedOfServer

_BY = ("cloud", "vendor", "product", "release", "region", "program", "guideline", "status")
_JUDGED = "by what they are judged"


def _count(text: str) -> int:
    if not 0 < int(text) <= 10_000:
        raise ValueError(text)
    return int(text)


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, JsonOption):
    """The options of the verb."""

    query: str = argument(metavar="QUERY", nargs="?", default="", help="(default: every run)")
    guideline: str | None = option(
        "--guideline", "-g", metavar="ID", help="one that the server has, by its id or SHA-256", group=_JUDGED
    )
    program: str | None = option("--program", "-p", metavar="NAME", help="a program of the guideline", group=_JUDGED)
    by: str | None = option("--by", choices=_BY, metavar="WORD", help=f"count them by {', '.join(_BY)}")
    limit: int = option(
        "--limit", type=checked(_count, "a number from 1 to 10000"), default=20, metavar="N", help="(default: 20)"
    )

    def asked(self) -> AskedOfServer:
        """What is asked. Raises QueryMistake."""
        from certmark.client.corpus import AskedOfServer
        from certmark.domain.queries.reading import read_query

        read_query(self.query)  # a mistake is told without a server
        return AskedOfServer(query=self.query, guideline=self.guideline, program=self.program)


def run(options: Options, console: Console) -> Exit:
    """Ask, and show."""
    from certmark.app.remote import corpus_of
    from certmark.reporting.remote import RemoteQueryView

    asked = options.asked()
    answer = corpus_of(options.server_request()).query(asked, options.limit, options.by)
    show(RemoteQueryView(answer, options.by), console, as_json=options.json)
    return Exit.OK
