"""Put attestations on record in a log, and give a receipt for each.

A receipt says when the attestation came and proves that it is in the log; it lies beside the attestation
(NAME.tlog-proof). Keep a copy of each: the log holds a commitment only, and cannot give a receipt again without
it. What the attestations say is not verified: certmark verify does that.

exit status: 0 on record, 2 usage, 3 a file cannot be read, is no attestation, or the log contradicts what was
signed or published of it (nothing is appended),
5 ssh-agent does not sign, or another process writes
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.logs import PublishedOptions
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(PublishedOptions, SigningOptions, JsonOption):
    """The options of the verb."""

    folder: str = argument(metavar="DIR", help="the folder of the log")
    attestations: tuple[str, ...] = argument(metavar="ATTESTATION", nargs="+", help="what is put on record")
    output: str | None = option("--output", "-o", metavar="FILE", help="where the receipt goes (of one attestation)")


def run(options: Options, console: Console) -> Exit:
    """Append, sign, give receipts."""
    from certmark.app.log.keeping import AppendRequest, append
    from certmark.reporting.logs import ReceiptsView, ShownReceipt

    request = AppendRequest(
        folder=options.folder,
        attestations=options.attestations,
        key=options.key,
        output=options.output,
        published=options.published,
    )
    found = append(request, options.passphrase, listener(console))
    show(ReceiptsView([ShownReceipt(*one) for one in found.receipts], found.checkpoint), console, as_json=options.json)
    return Exit.OK
