"""Publish guidelines in the folder SITE, signed and on record, so that any web server is a source of them.

GUIDELINE is a file, the id of a shipped guideline, or a folder whose guidelines are all taken. Each text becomes a
revision that never changes: it is signed, put on record in the log of the folder, and named by its digest in a signed
index, which holds for --days. The folder answers RefStack's guideline API and ours, and has an Atom feed; certmark
guideline fetch and verify check what came. A guideline with errors is not published (certmark guideline lint), nor
another text under an id that was published, unless --revise says that it is the next revision; then nothing is.

Given again, it does what is left to do: after an interruption, with new guidelines, or to sign an index of which half
of the time is over. With --check nothing is written and no key is needed: it says what would be, for CI.

exit status: 0 published, or publishable; 1 something is not publishable, and nothing was published, 2 usage, 3 a key
cannot be read, or the folder does not continue what was published, 5 the folder cannot be written, or another
process publishes
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, checked, option
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.output import JsonOption

_LONGEST = 3_650


def _days(text: str) -> int:
    days = int(text)
    if not 0 < days <= _LONGEST:
        raise ValueError
    return days


@dataclass(frozen=True, kw_only=True)
class Options(SigningOptions, JsonOption):
    """The options of the verb."""

    guidelines: tuple[str, ...] = argument(nargs="+", metavar="GUIDELINE", help="a file, a shipped id, or a folder")
    to: str = option("--to", metavar="SITE", required=True, help="the folder that is served")
    name: str | None = option(
        "--name", metavar="NAME", help="of the publisher, like example.org/guidelines (default: as it was published)"
    )
    revise: tuple[str, ...] = option(
        "--revise", action="append", metavar="ID", help="publish its text as the next revision; repeatable"
    )
    days: int = option(
        "--days",
        type=checked(_days, f"a number of days from 1 to {_LONGEST:,}"),
        default=365,
        metavar="N",
        help="how long the index holds (default: 365)",
    )
    check: bool = option("--check", action="store_true", help="write nothing; say what would be published")


def run(options: Options, console: Console) -> Exit:
    """Publish, or say what would be."""
    from certmark.app.guideline.publishing import PublishRequest, publish
    from certmark.cli.advice import worded
    from certmark.reporting.guideline.publication import PublicationView

    request = PublishRequest(
        guidelines=options.guidelines,
        site=options.to,
        name=options.name,
        key=options.key,
        revised=frozenset(options.revise),
        days=options.days,
        check=options.check,
    )
    found = publish(request, options.passphrase, listener(console))
    findings = [one for text in found.offered for one in text.findings]
    view = PublicationView(options.to, found.decisions, findings, found.contents, is_check=options.check, advise=worded)
    show(view, console, as_json=options.json)
    return Exit.FAIL if found.is_refused else Exit.OK
