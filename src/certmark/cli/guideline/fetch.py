"""Fetch a guideline that was published, check it, and write it to a file.

SITE is where guidelines were published with certmark guideline publish: an https address, or a folder. GUIDELINE is
an id, or the SHA-256 of a text. Looked at are the signed index (whose it is, that it is in date and no older than the
one that was seen here before), the text, what was signed of it and its receipt. Anybody can make a key: say whom you
trust. Where something does not hold nothing is written.

exit status: 0 all of it holds and it is written, 2 usage, or there is no such guideline, 3 a file of yours cannot be
read, or the trust document has expired, 4 nothing is wrong and something could not be looked at, 5 the server does
not give it, 10 no sound signature, 11 the signer may not say this, 12 changed bytes or an older index, 14 receipt, 15
revoked, 16 expired, 17 not a guideline of the programme
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit, of_findings
from certmark.cli.options import argument, option
from certmark.cli.options.publications import PublisherOptions


@dataclass(frozen=True, kw_only=True)
class Options(PublisherOptions):
    """The options of the verb."""

    site: str = argument(metavar="SITE", help="an https address, or a folder")
    guideline: str = argument(metavar="GUIDELINE", help="an id, or the SHA-256 of a text")
    revision: int | None = option("--revision", type=int, metavar="N", help="(default: the newest)")
    output: str | None = option("--output", "-o", metavar="FILE", help="where it goes (default: a file of its id)")


def run(options: Options, console: Console) -> Exit:
    """Fetch, look, and write."""
    from certmark.app.guideline.fetching import FetchGuidelineRequest, fetch_guideline
    from certmark.cli.advice import worded
    from certmark.reporting.guideline.publication import PublishedGuidelineView

    request = FetchGuidelineRequest(
        site=options.site,
        guideline=options.guideline,
        trust=options.asked(),
        revision=options.revision,
        output=options.output,
    )
    found = fetch_guideline(request, listener(console))
    status = of_findings(found.findings)
    show(PublishedGuidelineView(*found, status=status, advise=worded), console, as_json=options.json)
    return status
