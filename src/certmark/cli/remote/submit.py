"""Send results to a server, which keeps and judges them; say what it says.

RESULT is a bundle, a run's id or folder (its bundle is sent), an attestation (with what lies beside it), or a
file of results: subunit, JUnit XML, a Sonobuoy tarball, a RefStack upload, a report. An attestation beside a
bundle goes along. A large file goes in pieces; the same command goes on where it was broken off.
Several RESULTs are one submission: they are judged together, and must agree on cloud, suite and version.
The same RESULT with the same words is the same run, however often it is sent.
Each option may also come from the environment, CERTMARK_SUBMIT_PRODUCT for --product; the command line wins.

exit status: 0 pass, or kept and not judged, 1 fail, 2 usage, or the server refuses, 3 what was sent cannot be read,
4 incomplete or not applicable, 5 the server does not answer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit, of_word
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import PROGRAM_HELP
from certmark.cli.options.output import JsonOption
from certmark.cli.options.server import SubmissionOptions

if TYPE_CHECKING:
    from certmark.app.remote import SubmitRequest

VARIABLES = "CERTMARK_SUBMIT_"
"""How variables of the environment begin that stand for its options."""
_PATIENCE = 24 * 3600.0
"""Seconds that --wait waits."""


@dataclass(frozen=True, kw_only=True)
class Options(SubmissionOptions, JsonOption):
    """The options of the verb."""

    artifacts: tuple[str, ...] = argument(
        nargs="+", metavar="RESULT", help="a bundle, a run's id or folder, an attestation, or a file of results"
    )
    guideline: str | None = option(
        "--guideline", "-g", help="an id that the server knows, or the SHA-256 of a text (default: the bundle's)"
    )
    program: str | None = option("--program", "-p", help=PROGRAM_HELP)
    region: str | None = option("--region", metavar="R", help="which region of the cloud it is of")
    wait: bool = option(
        "--wait", action="store_true", help="wait for the verdict, where the server judges large evidence later"
    )
    dry_run: bool = option("--dry-run", action="store_true", help="say what would leave this machine; send nothing")

    def request(self) -> SubmitRequest:
        """What is asked of the application. Raises InvalidRequest or OSError."""
        return self.submit_request(
            *self.artifacts,
            guideline=self.guideline,
            program=self.program,
            region=self.region,
            wait=_PATIENCE if self.wait else 0.0,
        )


def run(options: Options, console: Console) -> Exit:
    """Send, or say what would be sent."""
    from certmark.app.remote import leaving, submit
    from certmark.cli.errors import listener
    from certmark.cli.transfers import transfer
    from certmark.reporting.remote import LeavingView, RemoteRunView

    request = options.request()
    if options.dry_run:
        show(LeavingView(leaving(request), request.server.url), console, as_json=options.json)
        return Exit.OK
    with transfer("sent", console) as progress:
        found = submit(request, progress, listener(console))
    show(RemoteRunView(found), console, as_json=options.json)
    return Exit.OK if found.verdict is None else of_word(found.verdict.standing)
