"""Say openly that something which refuses the bundle of a run is no secret.

RUN is the folder of a run or its id. DIGEST is what certmark bundle preview tells of the finding, or its
first digits; several may be given. Each acceptance stands in the bundle's manifest, with the member, the
kind of secret, your reason and your name, and whoever verifies the bundle is told of it. The text itself
leaves the machine with the bundle. A value that the run was given (a password of tempest.conf, of
accounts.yaml, of clouds.yaml or of the environment) is never accepted.

exit status: 0 accepted, and the bundle is written, 1 something else still refuses it, 2 usage or no such
digest, 3 not a run's folder
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import QuietOption
from certmark.domain.phrases import count_of


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help="the folder or the id of a run")
    digests: tuple[str, ...] = argument(metavar="DIGEST", nargs="+", help="its first digits, eight or more")
    reason: str = option("--reason", required=True, metavar="WHY", help="why it is no secret, on one line")
    by: str = option("--by", required=True, metavar="WHO", help="who says so")


def run(options: Options, console: Console) -> Exit:
    """Write it down, then the bundle."""
    from certmark.app.bundles import SecretAcceptanceRequest, accept

    done = accept(
        SecretAcceptanceRequest(run=options.run, digests=options.digests, reason=options.reason, by=options.by)
    )
    for one in done.accepted:
        console.remark(f"accepted as no secret: {one.what} in {one.member}; the bundle says so, and why")
    if done.bundle is None:
        console.refuse(f"{count_of(done.left, 'finding', 'findings')} more: no bundle is written as long as they stand")
        return Exit.FAIL
    console.remark(f"wrote {done.bundle}")
    return Exit.OK
