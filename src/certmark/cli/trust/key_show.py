"""The public half of a key: its id, its line, and the lines that allow it.

KEY is a file (private or .pub), the name of a key that certmark key new made, or an id (SHA256:…).
The private half is never shown.

exit status: 0 shown, 2 usage, 3 it is no key that can be used
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.keys import PassphraseOptions


@dataclass(frozen=True, kw_only=True)
class Options(PassphraseOptions):
    """The options of the verb."""

    key: str | None = argument(metavar="KEY", nargs="?", help="(default: the only one)")
    json: bool = option("--json", action="store_true", help="as JSON")
    allowed_signer: str | None = option(
        "--allowed-signer", metavar="PRINCIPAL", help="print its line for a file of allowed signers, and nothing else"
    )


def run(options: Options, console: Console) -> Exit:
    """Say everything about a key that others may know."""
    from certmark.app.trust.keys import find_key
    from certmark.reporting.keys import KeyView
    from certmark.trust.signers.openssh import allowed_line

    known = find_key(options.key, options.passphrase)
    if options.allowed_signer is not None:
        console.data(allowed_line(known.key, options.allowed_signer))
    else:
        show(KeyView(*known), console, as_json=options.json)
    return Exit.OK
