"""Trust a programme no longer: what is known of it on this machine is removed.

exit status: 0 removed, 2 there is no such programme
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    name: str = argument(metavar="NAME", help="a programme that is known here")


def run(options: Options, console: Console) -> Exit:
    """Remove it."""
    from certmark.app.trust.programmes import remove

    remove(options.name)
    console.remark(f"{options.name} is trusted no longer")
    return Exit.OK
