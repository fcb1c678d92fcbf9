"""Show a reviewer what was removed from a bundle, in a form that they can check.

RUN is the folder of a run or its id. DIGEST is what stands in the bundle in the place of a secret, or
its first digits; several may be given. The file that is written holds these secrets in clear, each
with a salt of its own, so that it helps nobody to guess another. The reviewer checks it with
certmark bundle verify BUNDLE --revealed FILE.

exit status: 0 written, 2 usage or no such digest, 3 not a run's folder
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import QuietOption


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help="the folder or the id of a run")
    digests: tuple[str, ...] = argument(metavar="DIGEST", nargs="+", help="its first digits, eight or more")
    output: str = option("--output", "-o", required=True, metavar="FILE", help="for the reviewer; secrets stand in it")


def run(options: Options, console: Console) -> Exit:
    """Write the file, and say how much is in it."""
    from certmark.app.bundles import DisclosureRequest, reveal

    done = reveal(DisclosureRequest(run=options.run, digests=options.digests, output=options.output))
    console.remark(
        f"wrote {options.output}: {done.shown} of {done.removed} removed values, in clear; give it to the reviewer only"
    )
    return Exit.OK
