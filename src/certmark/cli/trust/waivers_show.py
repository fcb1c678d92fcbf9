"""What waivers excuse, for whom, under which guidelines, until when; and who approved them.

Who may approve is your decision: --allowed-signers names a file of OpenSSH's form or of ours
(certmark-signers, with thresholds), in which grants name who may speak for which grantor (granted-by).

exit status: 0 shown, and approved where --allowed-signers asks, 1 not approved, 2 usage, 3 FILE cannot be read
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import day

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    file: str = argument(metavar="FILE", help="signed or not")
    allowed_signers: str | None = option("--allowed-signers", metavar="FILE", help="who may approve waivers")
    as_of: dt.date | None = day("what holds on this day (default: today, UTC)")
    json: bool = option("--json", action="store_true", help="the same as JSON")


def run(options: Options, console: Console) -> Exit:
    """Show waivers and approvals."""
    from certmark.app.trust.waivers import waivers_and_approvals
    from certmark.reporting.waivers import WaiversView

    found = waivers_and_approvals(options.file, options.allowed_signers, options.as_of, listener(console))
    show(WaiversView(*found), console, as_json=options.json)
    return Exit.OK if found.approvals is None or found.approvals.holds else Exit.FAIL
