"""Make a static site of guidelines in the folder DIR: every version, add-on and list that is named.

An index, a page for each guideline (programs with their tests to pass, capabilities by level, flags and their
reasons, designated sections) and for each capability (its level in each guideline, drawn and in words; its tests).
Links and anchors stay: they are made from keys and names alone. The pages load nothing and need no script.
GUIDELINE is a file, the id of a shipped guideline, or a folder whose guidelines are all taken.

Files that it did not make, or that were changed by hand, are never written over. With --check nothing is
written: it says whether DIR is what would be made, for CI.

exit status: 0 written, or as it would be made; 1 --check found a difference, 2 usage, or files in the way,
3 unreadable guideline, 5 the folder cannot be written
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import JsonOption


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    guidelines: tuple[str, ...] = argument(nargs="+", metavar="GUIDELINE", help="a file, a shipped id, or a folder")
    folder: str = argument(metavar="DIR", help="where the site lies, or shall lie")
    format: str = option("--format", "-f", choices=("html", "md"), default="html", help="of the pages (html)")
    check: bool = option("--check", action="store_true", help="write nothing; say whether DIR is what would be made")


def run(options: Options, console: Console) -> Exit:
    """Make it, and write it or compare."""
    from certmark.app.guideline.rendering import SiteForm, SiteRequest, render_site
    from certmark.reporting.guideline.site import SiteView

    request = SiteRequest(
        guidelines=options.guidelines, form=SiteForm(options.format), folder=options.folder, check=options.check
    )
    found = render_site(request, listener(console))
    parts = (found.new, found.changed, found.stale)
    show(SiteView(options.folder, parts, found.same, written=not options.check), console, as_json=options.json)
    return Exit.FAIL if options.check and not found.is_current else Exit.OK
