"""Carry out a server's standing orders on this machine: claim what is due, test, sign, send, again and again.

The runner asks the server over HTTPS, with a token for runners of a vendor or of the programme office, and
needs no address of its own. Credentials of clouds stay here: --clouds is a folder of clouds.yaml files
(systemd's credentials, Vault's agent), or the file of a fleet; the server is told the names of clouds only.
What an order asks for is run as certmark run does it; an interrupted test is resumed where its folder is at hand.
Ctrl-C or SIGTERM once: nothing more is taken, and what is at work ends (drained). Twice: runs end in order, and
go on later, here or on another runner. Three times: everything ends at once.
Each option may also come from the environment: CERTMARK_RUNNER_LABELS for --labels; the command line wins.

exit status: 0 asked to end, and everything that it had is at its end, 2 usage, or the server refuses,
3 unreadable input, 5 the machine does not let it begin, 130 ended with work that goes on later
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import checked, option
from certmark.cli.options.fleet import count_of_clouds
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.output import QuietOption
from certmark.cli.options.run import RunOptions, positive_seconds
from certmark.cli.options.server import SubmissionOptions
from certmark.domain.orders.terms import NAME

if TYPE_CHECKING:
    from certmark.app.remote import SubmitRequest
    from certmark.app.run.orders.working import RunnerRequest
    from certmark.domain.fleets import FleetMember
    from certmark.domain.orders.terms import OrderTerms

VARIABLES = "CERTMARK_RUNNER_"
"""How variables of the environment begin that stand for its options."""
_PATIENCE = 600.0
"""Seconds that the server may take to judge."""
_WHAT, _HOW = "what it takes", "how"


def _name(text: str) -> str:
    if not re.fullmatch(NAME, text):
        raise ValueError(text)
    return text


def _names(text: str) -> str:
    return " ".join(_name(word) for word in text.replace(",", " ").split())


@dataclass(frozen=True, kw_only=True)
class Options(SubmissionOptions, SigningOptions, QuietOption):
    """The options of the verb."""

    clouds: str = option(
        "--clouds", required=True, metavar="PATH", help="a folder of clouds.yaml files, or a fleet's file", group=_WHAT
    )
    vendor: str | None = option(
        "--vendor", metavar="ID", help="whose orders (default: the token's vendor, else the programme's)", group=_WHAT
    )
    labels: str = option(
        "--labels",
        type=checked(_names, "names with commas between them"),
        default="",
        metavar="L,…",
        help="what orders may ask of it, such as region-eu,large",
        group=_WHAT,
    )
    name: str = option(
        "--name",
        type=checked(_name, "a name of letters, digits and . _ -"),
        default=None,
        metavar="N",
        help="as the server shows it (default: this machine's)",
        group=_HOW,
    )
    clouds_at_once: int = option(
        "--clouds-at-once",
        type=count_of_clouds,
        default=2,
        metavar="N",
        help="tests side by side (default: 2)",
        group=_HOW,
    )
    every: float = option(
        "--every",
        type=positive_seconds,
        default=10.0,
        metavar="S",
        help="seconds between two questions whether something is due (default: 10)",
        group=_HOW,
    )
    folder: str | None = option(
        "--folder", metavar="DIR", help="where its runs are (default: runners/NAME beside the other runs)", group=_HOW
    )
    drain: bool = option("--drain", action="store_true", help="end once nothing is due any more", group=_HOW)

    def request(self, console: Console) -> RunnerRequest:
        """What is asked of the application. Raises InvalidRequest or OSError."""
        from certmark.app.run.orders.ordered import OrderedCommand
        from certmark.app.run.orders.working import RunnerRequest
        from certmark.cli.run.fleet import command_of

        def sign(folder: Path) -> None:
            from certmark.app.trust.signing import DoesNotHold, SignRequest
            from certmark.app.trust.signing import sign as sign_bundle
            from certmark.cli.errors import listener
            from certmark.domain.errors import CannotProceed

            found = sign_bundle(SignRequest(artifact=str(folder), key=self.key), self.passphrase, listener(console))
            if isinstance(found, DoesNotHold):
                raise CannotProceed(f"{found.name} is not signed: {found.problem}")

        def submission(folder: Path, terms: OrderTerms) -> SubmitRequest:
            return self.submit_request(str(folder), region=terms.region, wait=_PATIENCE)

        return RunnerRequest(
            server=self.server_request(),
            name=self.name or _own_name(),
            clouds=Path(self.clouds).absolute(),
            command=OrderedCommand(
                run=command_of(RunOptions),
                clear=_clear,
                sign=None if self.key is None else sign,
                submission=submission,
            ),
            vendor=self.vendor,
            labels=tuple(self.labels.split()),
            at_once=self.clouds_at_once,
            every=self.every,
            is_draining=self.drain,
            home=None if self.folder is None else Path(self.folder).absolute(),
        )


def _own_name() -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname()).lstrip("._-")[:100] or "runner"


def _clear(member: FleetMember, since: str) -> Sequence[str]:
    from certmark.cli.run.fleet import CERTMARK

    region = () if member.region is None else ("--region", member.region)
    accounts = member.cloud.options.get("accounts")
    users = () if accounts is None else ("--accounts", accounts)
    where = ("--os-cloud", member.cloud.os_cloud or member.cloud.name, *region, *users)
    return *CERTMARK, "cloud", "leftovers", *where, "--since", since, "--delete", "--yes"


def run(options: Options, console: Console) -> Exit:
    """Work."""
    from certmark.app.run.orders.working import work
    from certmark.cli.errors import listener

    found = work(options.request(console), listener(console))
    console.remark(f"{found.done} carried out, {found.lost} left to others or to later")
    return Exit.INTERRUPTED if found.lost and not options.drain else Exit.OK
