"""Print the signed checkpoint of a log: its name, how many entries it has, its root. Publish it.

It is signed anew only where the log has grown since; otherwise no key is needed. What witnesses answered is put
under it, once it is seen to be theirs; certmark log prove then gives receipts that witnesses stand for.

exit status: 0 printed, 2 usage, 3 a file cannot be read, a cosignature is not that of a witness that is named, or
the log contradicts what was signed or published of it (nothing is signed),
5 ssh-agent does not sign, or another process writes
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.logs import LogOptions, PublishedOptions
from certmark.cli.options.output import QuietOption
from certmark.domain.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class Options(LogOptions, PublishedOptions, SigningOptions, QuietOption):
    """The options of the verb."""

    cosignature: tuple[str, ...] = option(
        "--cosignature", action="append", metavar="FILE", help="what a witness answered, to be put under it"
    )
    witness: tuple[str, ...] = option(
        "--witness", action="append", metavar="KEY", help="of a witness: a key, or a file with one"
    )


def run(options: Options, console: Console) -> Exit:
    """Sign if need be, and print."""
    from certmark.app.log.keeping import CheckpointRequest, checkpoint

    if bool(options.cosignature) != bool(options.witness):
        raise InvalidRequest("--cosignature is checked with the key of its witness; name both, --witness too")
    request = CheckpointRequest(
        folder=options.folder,
        key=options.key,
        cosignatures=options.cosignature,
        witnesses=options.witness,
        published=options.published,
    )
    console.data(checkpoint(request, options.passphrase, listener(console)).decode())
    return Exit.OK
