"""Bring up a small real OpenStack cloud on 127.0.0.1: plain processes in a folder of their own.

object-storage (the default) is Keystone and Swift, and needs neither root nor packages of the system.
compute is Keystone, Glance, Placement, Nova with a fake hypervisor, Neutron and Cinder.
What is up stays as it is; what an interrupted or failed start left is finished.

exit status: 0 it is up, 2 usage, 5 something is in the way, 130 interrupted
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.output import QuietOption
from certmark.cli.options.sandbox import PROFILES, SandboxOptions


@dataclass(frozen=True, kw_only=True)
class Options(SandboxOptions, QuietOption):
    """The options of the verb."""

    profile: str | None = option("--profile", choices=PROFILES, help="what it is made of (default: object-storage)")
    faults: tuple[str, ...] = option(
        "--break",
        action="append",
        metavar="WHAT",
        help="then break it: a service to stop, or a fault such as quota, role, account, reader",
    )
    mend: bool = option("--mend", action="store_true", help="take back what was broken on purpose")


def run(options: Options, console: Console) -> Exit:
    """Bring it up, and say how to use it."""
    from certmark.app.sandbox import UpRequest, bring_up, is_only_one
    from certmark.cli.sandbox.teller import Teller

    teller = Teller(console)
    try:
        found = bring_up(UpRequest(choice=options.choice, faults=options.faults, mend=options.mend), teller)
    except KeyboardInterrupt:
        console.refuse("interrupted; what this start had started is stopped; `certmark sandbox up` goes on from here")
        return Exit.INTERRUPTED
    took = f"after {teller.seconds:.0f} s" if teller.heard_any else "already"
    console.remark(f"the sandbox is up {took}: {found.profile} in {found.folder}")
    if found.broken:
        console.remark(f"broken on purpose: {', '.join(found.broken)}; `certmark sandbox up --mend` takes it back")
    which = "" if is_only_one(found.folder) else f" {_named(found.folder, found.profile)}"
    console.remark(f'clients find it after: eval "$(certmark sandbox env{which})"')
    return Exit.OK


def _named(folder: Path, profile: str) -> str:
    """The option that names this sandbox, where there are several."""
    from certmark.sandbox.lifecycle import usual_folder

    return f"--profile {profile}" if folder == usual_folder(profile) else f"--folder {shlex.quote(str(folder))}"
