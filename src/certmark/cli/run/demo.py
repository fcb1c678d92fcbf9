"""Show the whole of it on a small real cloud of your own: no cloud at hand, no credentials, no root.

A Keystone and a Swift come up on this machine's loopback, Tempest is installed, the tests that a program
asks for are run, judged and put on record, the report is opened, and the cloud goes down again.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable; all others as of certmark run
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.output import QuietOption
from certmark.cli.options.run import RunReportOptions


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    guideline: str | None = option(
        "--guideline", "-g", help="a file, or a shipped id (default: the one that ships along for it)"
    )
    program: str = option(
        "--program", "-p", default="object", help="one that needs object storage only (default: object)"
    )
    keep: bool = option("--keep", action="store_true", help="leave the cloud up; certmark sandbox down ends it")
    no_open: bool = option("--no-open", action="store_true", help="do not open the report")
    folder: str | None = option("--folder", metavar="DIR", help="the cloud's folder (default: the sandbox's usual one)")
    quiet: bool = option("--quiet", "-q", action="store_true", help="no progress and no remarks")


def run(options: Options, console: Console) -> Exit:
    """Show it, and open the report."""
    from certmark.app.run.demo import DemoRequest, demonstrate
    from certmark.app.run.finish import FinishedRun
    from certmark.cli.run.displays import listening, status_of
    from certmark.cli.sandbox.teller import Teller

    request = DemoRequest(
        guideline=options.guideline, program=options.program, folder=options.folder, keep=options.keep
    )
    reports = RunReportOptions(quiet=options.quiet)
    try:
        with listening(reports, console) as listeners:
            came_to = demonstrate(request, Teller(console), listeners)
    except KeyboardInterrupt:
        console.refuse("interrupted; certmark demo begins again, certmark resume goes on with the run")
        return Exit.INTERRUPTED
    if isinstance(came_to, FinishedRun):
        _show(came_to.judged.folder.page, console, is_opened=not options.no_open)
    return status_of(came_to, reports, console)


def _show(report: Path, console: Console, *, is_opened: bool) -> None:
    """Open the report where there is somebody to look at it."""
    if is_opened and console.is_terminal and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        import webbrowser

        webbrowser.open(report.as_uri())
