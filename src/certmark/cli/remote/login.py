"""Sign in at a server: its page asks you whether to let this program in, and the token is kept for that server only.

With --with-token a token of yours is read from standard input instead.
It is kept in the keyring of your desktop where the Python library keyring is installed, else in a file that nobody
else may read.

exit status: 0 signed in, 2 usage, or the server refuses, 5 the server does not answer, or nothing can be kept
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.server import ServerOptions

if TYPE_CHECKING:
    from certmark.client.letting_in import Invitation

_LONGEST = 4096


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions):
    """The options of the verb."""

    with_token: bool = option("--with-token", action="store_true", help="read a token from standard input")


def run(options: Options, console: Console) -> Exit:
    """Get a token, and keep it."""
    from certmark.app.signing_in import login

    def show(invitation: Invitation) -> None:
        console.remark(f"open {invitation.page} and type the code {invitation.code}")
        console.remark(f"or open {invitation.whole}")

    token = sys.stdin.read(_LONGEST).strip() if options.with_token else None
    request = options.server_request()
    known = login(request, token, show)
    console.remark(f"signed in at {request.url} as {known.name}; the token is kept in {known.place}")
    return Exit.OK
