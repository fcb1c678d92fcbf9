"""Your runs on a server, the newest first, or those that everybody sees.

Without words that narrow them down, those that go on now (run --live) stand before them.

exit status: 0 shown, 2 usage, or the server refuses, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import checked, option
from certmark.cli.options.guideline import day
from certmark.cli.options.output import JsonOption
from certmark.cli.options.server import ServerOptions

if TYPE_CHECKING:
    import datetime as dt

_WHICH = "which runs"


def _count(text: str) -> int:
    if not 0 < int(text) <= 10_000:
        raise ValueError(text)
    return int(text)


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, JsonOption):
    """The options of the verb."""

    public: bool = option("--public", action="store_true", help="those that everybody sees", group=_WHICH)
    product: str | None = option(
        "--product",
        metavar="VENDOR[/PRODUCT]",
        help="of this vendor, or this product",
        group=_WHICH,
    )
    version: str | None = option("--version", metavar="X", help="of this version of a product", group=_WHICH)
    region: str | None = option("--region", metavar="R", help="of this region", group=_WHICH)
    whole: bool = option(
        "--whole", action="store_true", help="judged, with all tests that their program asks for", group=_WHICH
    )
    subject: str | None = option("--cloud-identity", metavar="ID", help="of this cloud", group=_WHICH)
    program: str | None = option(
        "--program", "-p", metavar="WORD", help="with this in the name of their program", group=_WHICH
    )
    standing: str | None = option(
        "--standing", metavar="WORD", help="pass, fail, incomplete or not applicable", group=_WHICH
    )
    tag: str | None = option("--tag", metavar="KEY=VALUE", help="with this tag", group=_WHICH)
    since: dt.date | None = day("received on this day or later", _WHICH, "--since")
    until: dt.date | None = day("received before this day", _WHICH, "--until")
    limit: int = option(
        "--limit", type=checked(_count, "a number from 1 to 10000"), default=50, metavar="N", help="(default: 50)"
    )

    def wanted(self) -> dict[str, str]:
        """As the server's parameters have it."""
        days = {"since": self.since, "until": self.until}
        names = ("version", "region", "subject", "program", "standing", "tag")
        vendor, _, product = (self.product or "").partition("/")
        texts = {name: getattr(self, name) for name in names} | {"vendor": vendor or None, "product": product or None}
        texts["partial"] = "false" if self.whole else None
        moments = {name: f"{found.isoformat()}T00:00:00Z" for name, found in days.items() if found is not None}
        return {"of": "public" if self.public else "mine", **moments} | {
            name: text for name, text in texts.items() if text is not None
        }


def run(options: Options, console: Console) -> Exit:
    """Ask, and list."""
    from certmark.app.remote import server_of
    from certmark.reporting.remote import RemoteRunsView

    server, wanted = server_of(options.server_request()), options.wanted()
    live = server.live_runs() if wanted == {"of": "mine"} else []
    show(RemoteRunsView(list(server.runs(options.limit, wanted)), live), console, as_json=options.json)
    return Exit.OK
