"""Prove something of a log under its last checkpoint: that attestations are in it, or that it only grew.

With receipts they are given again, under the cosignatures that the last checkpoint has; each is replaced, unless
witnesses had signed it already. With --since the log's request to a witness is printed (c2sp.org/tlog-witness):
the checkpoint, and the proof that the log only grew since the witness saw N entries (0: it never did).

exit status: 0 proved, 2 usage, 3 a file cannot be read, or is no receipt of this log
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import JsonOption
from certmark.domain.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    folder: str = argument(metavar="DIR", help="the folder of the log")
    receipts: tuple[str, ...] = argument(metavar="RECEIPT", nargs="*", help="to be given again")
    since: int | None = option("--since", type=int, metavar="N", help="how many entries the witness saw last")
    output: str | None = option("--output", "-o", metavar="FILE", help="where the receipt or the request goes")


def run(options: Options, console: Console) -> Exit:
    """Prove one or the other."""
    from certmark.app.files import write_file
    from certmark.app.log.keeping import RenewalRequest, ask_witness, renew
    from certmark.reporting.logs import ReceiptsView, ShownReceipt

    if bool(options.receipts) == (options.since is not None):
        raise InvalidRequest("name receipts to be given again, or --since for a request to a witness")
    if options.since is not None:
        asked = ask_witness(options.folder, options.since)
        if options.output is None:
            console.data(asked.decode())
        else:
            write_file(options.output, asked)
        return Exit.OK
    found = renew(RenewalRequest(folder=options.folder, receipts=options.receipts, output=options.output))
    show(ReceiptsView([ShownReceipt(*one) for one in found.receipts], found.checkpoint), console, as_json=options.json)
    return Exit.OK
