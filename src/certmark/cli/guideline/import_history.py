"""Import every revision of the guidelines in a git repository, so that old evidence can be judged by what held then.

REPOSITORY is a clone of a repository with guidelines as JSON files; git reads it, and runs nothing of it. Along
the main line of what is checked out, each revision of each guideline is written under its digest, with the day and
the commit that brought it. Files that never were a guideline are left out, revisions that nobody can read are told
and listed; where a key stands twice in one object the last one counts, as RefStack read them.

certmark judge RUN --guideline HISTORY/2017.01@2017-08-05 then judges by what 2017.01 said on that day;
HISTORY@2017-08-05 takes the newest guideline that was approved then.

exit status: 0 imported, 2 usage, 3 not a guideline in it, 5 git is missing, or the folder cannot be written
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

    repository: str = argument(metavar="REPOSITORY", help="a folder with a clone of it")
    out: str = option(
        "--out",
        default="guideline-history",
        metavar="DIR",
        help="a new folder, or one with an earlier import (guideline-history)",
    )


def run(options: Options, console: Console) -> Exit:
    """Import, and say what there is."""
    from certmark.app.guideline.importing import ImportRequest, import_history
    from certmark.reporting.guideline.history import GuidelineHistoryView

    history, folder = import_history(
        ImportRequest(repository=options.repository, folder=options.out), listener(console)
    )
    advice = f"Judge by one of them: certmark judge RUN --guideline {folder}/NAME@DATE."
    show(GuidelineHistoryView(history, folder, advice=advice), console, as_json=options.json)
    return Exit.OK
