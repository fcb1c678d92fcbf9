"""Mark a draft as approved: by whom, when, and where the decision is written down.

The Board approves, since process 2021A the approval committee. A guideline with errors is not approved. With --key
a signature over the whole file is written beside it (FILE.sig), as ssh-keygen -Y sign -n certmark makes it.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import finish, today
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import checked, option
from certmark.cli.options.editing import DryRunOption, file_argument
from certmark.cli.options.keys import SigningOptions


@dataclass(frozen=True, kw_only=True)
class Options(SigningOptions, DryRunOption):
    """The options of the verb."""

    file: str = file_argument()
    by: tuple[str, ...] = option("--by", action="append", required=True, metavar="NAME", help="who; repeatable")
    reference: str = option("--reference", required=True, metavar="TEXT", help="minutes, a vote, a review")
    authority: str | None = option("--authority", metavar="BODY", help="(default: whom the process names)")
    date: dt.date | None = option(
        "--date", type=checked(dt.date.fromisoformat, "a date like 2026-11-21"), metavar="DATE", help="(default: today)"
    )


def run(options: Options, console: Console) -> Exit:
    """Approve it, and sign."""
    from certmark.app.guideline.approving import ApprovalRequest, approve_guideline

    request = ApprovalRequest(
        file=options.file,
        by=options.by,
        date=options.date or today(),
        reference=options.reference,
        authority=options.authority,
        key=options.key,
        dry_run=options.dry_run,
    )
    return finish(approve_guideline(request, options.passphrase, listener(console)), console, dry_run=options.dry_run)
