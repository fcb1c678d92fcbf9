"""Send results to a server, which keeps and judges them; say what it says.

RESULT is a bundle, a run's id or folder (its bundle is sent), or a file of results: subunit, JUnit XML, a
Sonobuoy tarball, a RefStack upload. --dry-run says what would leave this machine, and sends nothing.

exit status: 0 pass, or kept and not judged, 1 fail, 2 usage, or the server refuses, 3 what was sent cannot be read,
4 incomplete or not applicable, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit, of_word
from certmark.cli.options import argument, checked, option
from certmark.cli.options.guideline import PROGRAM_HELP
from certmark.cli.options.output import JsonOption
from certmark.cli.options.server import ServerOptions

if TYPE_CHECKING:
    from certmark.app.remote import SubmitRequest


def _tag(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise ValueError(text)
    return key, value


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, JsonOption):
    """The options of the verb."""

    artifact: str = argument(metavar="RESULT", help="a bundle, a run's id or folder, or a file of results")
    guideline: str | None = option("--guideline", "-g", help="an id that the server knows, or the SHA-256 of a text")
    program: str | None = option("--program", "-p", help=PROGRAM_HELP)
    vendor: str | None = option("--vendor", metavar="V", help="whose cloud it is")
    product: str | None = option("--product", metavar="P", help="which product it is")
    product_version: str | None = option("--product-version", metavar="X", help="which version of it")
    region: str | None = option("--region", metavar="R", help="which region of it")
    public: bool = option("--public", action="store_true", help="let everybody see it (default: only you)")
    tag: tuple[tuple[str, str], ...] = option(
        "--tag", action="append", type=checked(_tag, "KEY=VALUE"), metavar="KEY=VALUE", help="to find it by; any number"
    )
    dry_run: bool = option("--dry-run", action="store_true", help="say what would leave this machine; send nothing")

    def request(self) -> SubmitRequest:
        """What is asked of the application. Raises InvalidRequest or OSError."""
        from certmark.app.remote import SubmitRequest

        return SubmitRequest(
            server=self.server_request(),
            artifact=self.artifact,
            guideline=self.guideline,
            program=self.program,
            vendor=self.vendor,
            product=self.product,
            version=self.product_version,
            region=self.region,
            is_public=self.public,
            tags=dict(self.tag),
        )


def run(options: Options, console: Console) -> Exit:
    """Send, or say what would be sent."""
    from certmark.app.remote import leaving, submit
    from certmark.reporting.remote import LeavingView, RemoteRunView

    request = options.request()
    if options.dry_run:
        show(LeavingView(leaving(request), request.server.url), console, as_json=options.json)
        return Exit.OK
    found = submit(request)
    show(RemoteRunView(found), console, as_json=options.json)
    return Exit.OK if found.verdict is None else of_word(found.verdict.standing)
