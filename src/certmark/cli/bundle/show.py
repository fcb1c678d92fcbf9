"""What an evidence bundle is of: run, verdict, versions, members, what was removed.

The verdict is judged again from the raw results in it; what does not agree with them is told, and not shown.
BUNDLE is the file that certmark run leaves, or the folder of a run, whose bundle is meant.

exit status: 0 shown, 2 usage, 3 the bundle cannot be read
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    bundle: str = argument(metavar="BUNDLE", help="a file, or the folder or the id of a run")


def run(options: Options, console: Console) -> Exit:
    """Read the bundle and describe it."""
    from certmark.app.bundles import describe
    from certmark.reporting.bundles import BundleView

    found = describe(options.bundle)
    show(BundleView(found.manifest, found.record, found.verification), console, as_json=options.json)
    return Exit.OK
