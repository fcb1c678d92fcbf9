"""Add a capability from a saved gap report, as advisory, with the tests of a candidate.

The report is what certmark guideline coverage --gaps --format json -o FILE wrote. A candidate is named by its key, and
several are put together; --test takes only some of their tests. The new capability has no marks yet. Every other
byte of FILE stays.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import change
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.editing import EditOptions, file_argument


@dataclass(frozen=True, kw_only=True)
class Options(EditOptions):
    """The options of the verb."""

    file: str = file_argument()
    capability: str = argument(metavar="CAPABILITY", help="the key of the new one")
    gaps: str = option("--gaps", required=True, metavar="FILE", help="the saved report")
    candidate: tuple[str, ...] = option(
        "--from-gap", action="append", metavar="KEY", help="a candidate's key there (default: CAPABILITY); repeatable"
    )
    description: str = option("--description", default="", metavar="TEXT", help="what a user can do, in a sentence")
    name: str | None = option("--name", metavar="TEXT", help="a name for people (format 3)")
    project: str | None = option("--project", metavar="NAME", help="(default: that of the candidate's service)")
    component: str | None = option("--component", metavar="NAME", help="where it is listed (default: the only one)")
    test: tuple[str, ...] = option("--test", action="append", metavar="NAME", help="only this one; repeatable")


def run(options: Options, console: Console) -> Exit:
    """Add it."""
    from certmark.authoring.changes.capabilities import AddCapability
    from certmark.formats.gap_reports import load_candidate

    capability = AddCapability(
        key=options.capability,
        candidate=load_candidate(options.gaps, options.candidate or [options.capability]),
        description=options.description,
        name=options.name,
        component=options.component,
        project=options.project,
        only=options.test,
    )
    return change([options.file], capability, options, console)
