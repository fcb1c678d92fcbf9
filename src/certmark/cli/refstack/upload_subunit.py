"""Send the passed tests of a stream to a server that speaks RefStack's API: RefStack, or one of Certmark.

FILE is subunit of version 1 or 2, gzipped or not, or whatever else certmark judge reads (JUnit XML, a .stestr
directory, a run). RefStack's form names passed tests only, and what went wrong has no place in it: a stream that
stops in the middle, or in which nothing passed, is refused. The cloud gets the id that refstack-client gave it: MD5
of the host name of its Keystone.

exit status: 0 uploaded, or you said no, 2 usage, or the server refuses, or RefStack's form has no word for what is in
the stream, 3 it is unreadable or nothing passed in it, 5 the server does not answer, or not as RefStack does
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.refstack import RefStackOptions
from certmark.cli.refstack.sending import send


@dataclass(frozen=True, kw_only=True)
class Options(RefStackOptions):
    """The options of the verb."""

    file: str = argument(metavar="FILE", help="a stream of subunit, or other results")
    keystone_endpoint: str = option(
        "--keystone-endpoint", required=True, metavar="URL", help="the address of the Keystone of the cloud"
    )


def run(options: Options, console: Console) -> Exit:
    """Convert, ask, send."""
    from certmark.app.refstack.server import stream_upload

    options.check()
    return send(stream_upload(options.file, options.keystone_endpoint, listener(console)), options, console)
