"""Sign in as each user of an accounts file, and say what is missing for the tests that are to run.

Looked at: passwords, roles, projects, the role that owns containers, networks and quotas, and
whether there are enough for -j classes at a time.

exit status: 0 nothing is missing, 1 something is missing, 2 usage, 3 unreadable input,
5 the cloud or the file cannot be used
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.accounts import AccountsOptions, workers_option
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(AccountsOptions, JsonOption):
    """The options of the verb."""

    file: Path = argument(type=Path, metavar="FILE", help="accounts, in Tempest's form")
    workers: int | None = workers_option(None)


def run(options: Options, console: Console) -> Exit:
    """Check, and show."""
    from certmark.app.cloud.accounts.check import CheckRequest, check_accounts
    from certmark.reporting.cloud.accounts import AccountsCheckView

    request = CheckRequest(file=options.file, wanted=options.accounts_for(), workers=options.workers)
    options.prepare_sign_in()
    check = check_accounts(request, listener(console))
    show(AccountsCheckView(check), console, as_json=options.json)
    return Exit.OK if check.is_well else Exit.FAIL
