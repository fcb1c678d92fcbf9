"""The keys at hand: those that certmark key new made, and those that ssh-agent holds.

exit status: 0 listed, also if there is none
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the verb."""

    json: bool = option("--json", action="store_true", help="as JSON")


def run(options: Options, console: Console) -> Exit:
    """Say which keys are at hand."""
    from certmark.app.trust.keys import list_keys
    from certmark.reporting.keys import KeysView

    known = list_keys(listener(console))
    if known or options.json:
        show(KeysView(known), console, as_json=options.json)
    else:
        console.remark("there is no key yet; make one with certmark key new")
    return Exit.OK
