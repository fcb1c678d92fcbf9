"""Make the users that a run needs, each with a project, and write them as Tempest's accounts.yaml.

How many and with which roles is read from the tests themselves. Everything that is made stands on
record in FILE.record before it is made, so certmark cloud accounts delete removes exactly that, and
the same command goes on where a killed one stopped.

exit status: 0 made, 2 usage, 3 unreadable input, 5 the cloud does not let this user make accounts,
or cannot be used
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.accounts import AccountsOptions, workers_option
from certmark.cli.options.output import JsonOption
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.cloud.accounts.make import MakeRequest

_how = partial(option, group="how")
_TAG = re.compile(r"[a-z0-9][a-z0-9-]{0,20}\Z")
_NETWORKS = {"auto": None, "yes": True, "no": False}


@dataclass(frozen=True, kw_only=True)
class Options(AccountsOptions, JsonOption):
    """The options of the verb."""

    workers: int | None = workers_option(4)
    out: Path = _how(
        "--out",
        "-o",
        type=Path,
        default=Path("accounts.yaml"),
        metavar="FILE",
        help="where they are written (default: accounts.yaml)",
    )
    tag: str | None = _how(
        "--tag", metavar="WORD", help="in the names of everything that is made (default: four letters)"
    )
    domain: str | None = _how("--domain", metavar="NAME", help="where they are made (default: the user's own)")
    no_admin: bool = _how("--no-admin", action="store_true", help="no administrators, even if tests ask for them")
    networks: str = _how(
        "--networks",
        choices=tuple(_NETWORKS),
        default="auto",
        help="a network for each project (default: where tests need one and none is shared)",
    )
    dry_run: bool = _how("--dry-run", "-n", action="store_true", help="show what would be made, and make nothing")

    def request(self) -> MakeRequest:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.cloud.accounts.make import MakeRequest

        if self.tag is not None and not _TAG.match(self.tag):
            raise InvalidRequest(f"--tag takes up to 20 small letters, digits and hyphens, not {self.tag!r}")
        return MakeRequest(
            wanted=self.accounts_for(),
            workers=self.workers or 1,
            out=self.out,
            tag=self.tag,
            domain=self.domain,
            admin=not self.no_admin,
            networks=_NETWORKS[self.networks],
        )


def run(options: Options, console: Console) -> Exit:
    """Plan, make, and show; where this user may not make them, show what to ask for."""
    request = options.request()
    options.prepare_sign_in()
    from certmark.app.cloud.accounts.make import make_accounts, planned_accounts
    from certmark.reporting.cloud.accounts import AccountsPlanView, RequestedAccountsView, commands_of

    with planned_accounts(request, listener(console)) as planned:
        may_make = planned.refusal is None and not options.dry_run
        refusal = make_accounts(planned, listener(console)) if may_make else planned.refusal
        if refusal is not None:
            show(RequestedAccountsView(planned.plan), console, as_json=options.json)
            if not options.json:
                commands = "\n".join(commands_of(planned.plan.wanted, planned.domain))
                console.data(f"\n# commands for an administrator; each asks for a password\n{commands}")
            raise refusal
    made = None if options.dry_run else request.out
    show(AccountsPlanView(planned.plan, made=made), console, as_json=options.json)
    if made is not None:
        console.remark(f"remove them with: certmark cloud accounts delete {made}")
    return Exit.OK
