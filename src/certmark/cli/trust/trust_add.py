"""Trust a programme from now on, in the newest edition of its trust document.

LOCATION is the address (https) or the file of one edition, NAME.N.json; later ones and the list of revocations are
found beside it. Nothing is trusted because it came first: give the fingerprint of that edition, as the programme
publishes it elsewhere (on paper, on another site, by telephone). Without --fingerprint it is shown, and refused.

exit status: 0 trusted, 2 usage, or no fingerprint was given, 3 what lies there is not to be trusted (another
fingerprint, too few signatures, an old or expired edition), 5 the server does not give it
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    location: str = argument(metavar="LOCATION", help="an address (https) or a file: NAME.N.json")
    fingerprint: str | None = option("--fingerprint", metavar="SHA256:…", help="of the edition at LOCATION")
    name: str | None = option("--name", metavar="NAME", help="how you call it (default: made of its own name)")
    json: bool = option("--json", action="store_true", help="what is trusted now as JSON")


def run(options: Options, console: Console) -> Exit:
    """Begin, and show with what."""
    from certmark.app.trust.programmes import AddTrustRequest, add
    from certmark.reporting.programmes import ProgrammeView, ShownProgramme

    request = AddTrustRequest(location=options.location, fingerprint=options.fingerprint, name=options.name)
    known = add(request)
    show(ProgrammeView(ShownProgramme(*known), dt.datetime.now(dt.UTC)), console, as_json=options.json)
    return Exit.OK
