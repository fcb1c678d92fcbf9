"""Cosign a log that only grew since this witness last saw it: print the signature line for its operator.

REQUEST is what certmark log prove --since wrote, or any log that speaks c2sp.org/tlog-witness. The witness
remembers the last checkpoint of each log that it cosigned, on this machine, and never signs two histories of one.
Without REQUEST its own key is printed, which others name with --witness, and what it saw last.

exit status: 0 cosigned, 2 usage, 3 the log did not sign it, shrank or was rewritten, or the proof does not begin
where this witness left the log: nothing is signed,
5 ssh-agent does not sign, or another process writes
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.output import QuietOption
from certmark.domain.errors import InvalidRequest
from certmark.domain.phrases import count_of


@dataclass(frozen=True, kw_only=True)
class Options(SigningOptions, QuietOption):
    """The options of the verb."""

    request: str | None = argument(metavar="REQUEST", nargs="?", help="what the log asks")
    name: str = option(
        "--name", required=True, metavar="NAME", help="what the witness is called, like witness.example.org"
    )
    log_key: tuple[str, ...] = option(
        "--log-key", action="append", metavar="KEY", help="of a log that is witnessed: a key, or a file with one"
    )
    output: str | None = option("--output", "-o", metavar="FILE", help="where the answer goes")


def run(options: Options, console: Console) -> Exit:
    """Cosign, or say who this is."""
    from certmark.app.files import write_file
    from certmark.app.log.witnessing import KnownWitness, WitnessRequest, witness

    if (options.request is None) != (not options.log_key):
        raise InvalidRequest("a request is checked with the key of its log; name both, it and --log-key")
    request = WitnessRequest(name=options.name, key=options.key, request=options.request, log_keys=options.log_key)
    found = witness(request, options.passphrase, listener(console))
    if isinstance(found, KnownWitness):
        console.data(str(found.key))
        for seen in found.seen:
            console.remark(f"last saw {count_of(seen.size, 'entry', 'entries')} of {seen.origin}")
        return Exit.OK
    if options.output is None:
        console.data(found.line.decode())
    else:
        write_file(options.output, found.line)
    console.remark(f"cosigned {count_of(found.checkpoint.size, 'entry', 'entries')} of {found.checkpoint.origin}")
    return Exit.OK
