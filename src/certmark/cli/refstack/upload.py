"""Send JSON that was saved of a run to a server that speaks RefStack's API: RefStack, or one of Certmark.

It is asked before, unless -y is there; with -i it is signed. What is in it is looked at before it is sent: a file
without a passed test, or with what RefStack does not take, is refused here.

exit status: 0 uploaded, or you said no, 2 usage, or the server refuses, 3 the file is no saved JSON, or nothing passed
in it, 5 the server does not answer, or not as RefStack does
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.refstack import RefStackOptions
from certmark.cli.refstack.sending import send


@dataclass(frozen=True, kw_only=True)
class Options(RefStackOptions):
    """The options of the verb."""

    file: str = argument(metavar="FILE", help="JSON that refstack-client saved, gzipped or not")


def run(options: Options, console: Console) -> Exit:
    """Read, ask, send."""
    from certmark.app.refstack.server import saved_upload

    options.check()
    return send(saved_upload(options.file), options, console)
