"""Copy a server's log into a folder, for certmark log audit, and certmark log prove, which asks a witness.

What comes is compared with the last checkpoint; whose key signed that, audit says (--log-key).

exit status: 0 written, 2 usage, or the server keeps no log, 3 the entries are not those that were signed,
5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.output import QuietOption
from certmark.cli.options.server import ServerOptions
from certmark.domain.phrases import count_of


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, QuietOption):
    """The options of the verb."""

    output: str = option(
        "--output", "-o", metavar="FOLDER", help="the folder to write; it must not be there yet", required=True
    )


def run(options: Options, console: Console) -> Exit:
    """Fetch and write."""
    from certmark.app.log.copying import copy_log

    found = copy_log(options.server_request(), options.output)
    console.remark(f"wrote {count_of(found.size, 'entry', 'entries')} of {found.origin} to {options.output}")
    return Exit.OK
