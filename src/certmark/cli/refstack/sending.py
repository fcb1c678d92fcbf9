"""An upload as scripts know it: a question, and two lines of which they look for the first."""

from __future__ import annotations

import sys

from certmark.cli.console import Console, printable
from certmark.cli.display import can_be_asked
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options.refstack import RefStackOptions
from certmark.domain.errors import InvalidRequest


def send(body: bytes, options: RefStackOptions, console: Console, *, is_said: bool = False) -> Exit:
    """Ask, send, and tell. `is_said`: where nobody is at a terminal, it was asked for already.

    Raises InvalidRequest where nobody answers, and as `app.refstack.server.upload`.
    """
    from certmark.app.refstack.server import upload

    request = options.server_request()
    if not (options.yes or (is_said and not can_be_asked()) or _is_agreed(request.url)):
        console.remark("nothing was uploaded")
        return Exit.OK
    if options.verbose > 1:
        console.remark(f"sent is: {body.decode('ascii')}")
    uploaded = upload(request, body, options.passphrase, listener(console))
    if options.verbose:
        console.remark(f"the server says: {uploaded.answer}")
    console.data(f"Test results uploaded!\nURL: {printable(uploaded.url)}")
    return Exit.OK


def _is_agreed(url: str) -> bool:
    """As RefStack's client asked; `yes` in a pipe may answer."""
    sys.stderr.write(f"Test results will be uploaded to {printable(url)}. Ok? (yes/y): ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise InvalidRequest("nobody answers whether the results may be uploaded; say -y")
    return answer.strip().lower() in {"y", "yes"}
