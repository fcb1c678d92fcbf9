"""Fetch a run's bytes, its attestation and its receipt from a server, and check them here, step by step.

Nothing that the server says of the run is believed: it is what certmark verify says of the same files. The receipt
is looked at where the key of the log is known: by --log-key, or by the programme of --trust.

exit status: 0 all of it holds and the verdict is pass, 1 it holds and the verdict is fail, 2 usage, or the server
refuses, 3 what it sent cannot be read, 4 something could not be looked at, 5 the server does not answer, 10 to 17
what does not hold, as certmark verify has it
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit, of_verification
from certmark.cli.options import argument, option
from certmark.cli.options.server import RUN_HELP, ServerOptions
from certmark.cli.options.trust import TrustOptions


@dataclass(frozen=True, kw_only=True)
class Options(ServerOptions, TrustOptions):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help=RUN_HELP)
    json: bool = option("--json", action="store_true", help="the steps as JSON")


def run(options: Options, console: Console) -> Exit:
    """Fetch, look, and tell."""
    from certmark.app.remote import verify
    from certmark.cli.advice import worded
    from certmark.cli.transfers import transfer
    from certmark.reporting.attestation import VerificationView

    with transfer("fetched", console) as progress:
        result = verify(
            options.server_request(), options.run, options.trust(has_receipt=bool(options.log_key)), progress
        )
    status = of_verification(result, "pass")
    show(VerificationView(result, status=status, advise=worded), console, as_json=options.json)
    return status
