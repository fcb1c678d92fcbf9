"""Sign an edition of a programme's trust document, or a list of revocations, for its office.

FILE is a draft in YAML or JSON, which becomes trust.N.json beside it, or what others signed before: then a signature
is added. What is still missing is told: signatures of its own office, and of the office of the edition before.
Look at what others signed first: certmark trust show FILE.

exit status: 0 signed, and it can be published, 2 usage, 3 FILE or key cannot be read, or the key has signed it
already, 4 signed, and signatures are missing, 5 ssh-agent does not sign
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.output import QuietOption


@dataclass(frozen=True, kw_only=True)
class Options(SigningOptions, QuietOption):
    """The options of the verb."""

    replaces: ClassVar[tuple[str, ...]] = ("file",)
    file: str = argument(metavar="FILE", help="a draft, or what was signed before")
    previous: str | None = option(
        "--previous", metavar="FILE", help="the edition before (default: the one of its number beside it)"
    )
    output: str | None = option(
        "--output", "-o", metavar="FILE", help="(default: trust.N.json beside a draft; a signed file is replaced)"
    )
    json: bool = option("--json", action="store_true", help="what was signed as JSON")


def run(options: Options, console: Console) -> Exit:
    """Sign, and say what is missing."""
    from certmark.app.trust.office import SignTrustRequest, sign
    from certmark.reporting.programmes import SignedEditionView

    request = SignTrustRequest(file=options.file, key=options.key, previous=options.previous, output=options.output)
    signed = sign(request, options.passphrase, listener(console))
    view = SignedEditionView(str(signed.path), signed.number, signed.fingerprint, signed.signatures, signed.missing)
    show(view, console, as_json=options.json)
    return Exit.INCOMPLETE if signed.missing else Exit.OK
