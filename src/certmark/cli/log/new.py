"""Begin a log: make its folder, sign that it is empty, and print the key by which others know it.

DIR must not be there yet, or be empty. The key must be Ed25519. What is printed (NAME+ID+KEY) is what everybody
needs who checks receipts or witnesses the log: publish it where nobody can change it.

exit status: 0 begun, 2 usage, 3 the key cannot be read, 5 ssh-agent does not sign
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.output import QuietOption


@dataclass(frozen=True, kw_only=True)
class Options(SigningOptions, QuietOption):
    """The options of the verb."""

    folder: str = argument(metavar="DIR", help="where the log will be kept")
    name: str = option(
        "--name", required=True, metavar="ORIGIN", help="what the log is called, like example.org/log; for ever"
    )


def run(options: Options, console: Console) -> Exit:
    """Begin it."""
    from certmark.app.log.keeping import NewLogRequest, begin_log

    request = NewLogRequest(folder=options.folder, origin=options.name, key=options.key)
    key = begin_log(request, options.passphrase, listener(console))
    console.data(str(key))
    console.remark("this is the key of the log: give it to witnesses, and to everybody who checks receipts")
    return Exit.OK
