"""Check that a text is a guideline that was published, by whom, and that this still holds.

TEXT is a file, or the address of a text in a site (SITE/revisions/SHA-256.json). Of a file that was fetched the site
is known; of another one --site names it, an address or a folder. What is looked at is what certmark guideline fetch
looks at: the signed index, the digest in it, what was signed of the text, its receipt, and whether all is in date.

exit status: 0 all of it holds, 2 usage, 3 a file of yours cannot be read, or the trust document has expired, 4 nothing
is wrong and something could not be looked at, 5 the server does not give it, 10 no sound signature, 11 the signer may
not say this, 12 changed bytes or an older index, 14 receipt, 15 revoked, 16 expired, 17 not a guideline of the
programme
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

    text: str = argument(metavar="TEXT", help="a file, or an address of a text in a site")
    site: str | None = option("--site", metavar="SITE", help="where it was published: an https address, or a folder")


def run(options: Options, console: Console) -> Exit:
    """Look, and tell."""
    from certmark.app.guideline.fetching import VerifyGuidelineRequest, verify_guideline
    from certmark.cli.advice import worded
    from certmark.reporting.guideline.publication import PublishedGuidelineView

    request = VerifyGuidelineRequest(text=options.text, trust=options.asked(), site=options.site)
    found = verify_guideline(request, listener(console))
    status = of_findings(found.findings)
    show(PublishedGuidelineView(*found, status=status, advise=worded), console, as_json=options.json)
    return status
