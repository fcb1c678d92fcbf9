"""Put a project's designated section at a level, with its guidance; it leaves the level that it had.

A section is required only after it was advisory, and goes only after it was deprecated. Every other byte of FILE
stays.

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
from certmark.domain.guidelines import Level

LEVELS = tuple(level.value for level in Level)


@dataclass(frozen=True, kw_only=True)
class Options(EditOptions):
    """The options of the verb."""

    file: str = file_argument()
    project: str = argument(metavar="PROJECT", help="such as nova")
    level: str = option("--level", required=True, choices=LEVELS, help="which it has from now on")
    guidance: str | None = option("--guidance", metavar="TEXT", help="what is designated; needed where it is new")
    component: str | None = option(
        "--component", metavar="NAME", help="which names it (default: those that do, else the only one)"
    )


def run(options: Options, console: Console) -> Exit:
    """Place it."""
    from certmark.authoring.changes.sections import PlaceSection

    section = PlaceSection(
        project=options.project,
        level=Level(options.level),
        guidance=options.guidance,
        component=options.component,
    )
    return change([options.file], section, options, console)
