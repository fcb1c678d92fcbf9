"""Keep the token for a server no longer on this machine; at the server it goes on until it ends or is revoked there.

exit status: 0 forgotten, or there was none, 2 usage, 5 what is kept cannot be changed
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.server import ServerOptions


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions):
    """The options of the verb."""


def run(options: Options, console: Console) -> Exit:
    """Forget it."""
    from certmark.app.signing_in import logout

    request = options.server_request()
    was_there = logout(request)
    console.remark(
        f"the token for {request.url} is forgotten here" if was_there else f"no token is kept for {request.url}"
    )
    return Exit.OK
