"""Write the next edition of a programme's list of revocations, and sign it.

LIST is replaced: the edition before is read from there, where there is one. An edition is whole and holds for some
days only, so an office makes one regularly, also without a change. KIND=WHAT is one of key=SHA256:…, run=ID,
bundle=FILE, attestation=FILE, waivers=FILE (or the digest in the place of the file), product=VENDOR/PRODUCT and
product=VENDOR/PRODUCT/VERSION.

exit status: 0 signed, and it can be published, 2 usage, 3 a file or key cannot be read, 4 signed, and signatures
are missing (certmark trust sign LIST adds one), 5 ssh-agent does not sign
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import day
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.output import QuietOption
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    import datetime as dt

_MOST_DAYS = 400


@dataclass(frozen=True, kw_only=True)
class Options(SigningOptions, QuietOption):
    """The options of the verb."""

    replaces: ClassVar[tuple[str, ...]] = ("file",)
    trust: str = argument(metavar="TRUST", help="the newest edition of the trust document, a file")
    file: str = argument(metavar="LIST", help="the list, such as revocations.json")
    revoke: tuple[str, ...] = option("--revoke", action="append", metavar="KIND=WHAT", help="what counts no longer")
    restore: tuple[str, ...] = option("--restore", action="append", metavar="KIND=WHAT", help="what counts again")
    reason: str | None = option("--reason", metavar="TEXT", help="why it is revoked, for whoever is refused")
    since: dt.date | None = day(
        "of keys and products: what a receipt shows to be older still counts (default: nothing does)", name="--since"
    )
    days: int = option("--days", type=int, default=30, metavar="N", help="for how long the list holds (default: 30)")
    json: bool = option("--json", action="store_true", help="what was signed as JSON")


def run(options: Options, console: Console) -> Exit:
    """Write it, sign it, and say what is missing."""
    from certmark.app.trust.office import RevokeRequest, revoke
    from certmark.reporting.programmes import SignedEditionView

    if not 0 < options.days <= _MOST_DAYS:
        raise InvalidRequest(f"--days must be a number from 1 to {_MOST_DAYS}")
    request = RevokeRequest(
        trust=options.trust,
        file=options.file,
        revoke=options.revoke,
        restore=options.restore,
        reason=options.reason,
        since=options.since,
        days=options.days,
        key=options.key,
    )
    signed = revoke(request, options.passphrase, listener(console))
    view = SignedEditionView(str(signed.path), signed.number, signed.fingerprint, signed.signatures, signed.missing)
    show(view, console, as_json=options.json)
    return Exit.INCOMPLETE if signed.missing else Exit.OK
