"""Download a suite with everything that it needs, for a machine that reaches no package index.

DIR gets the wheels of the suite, of the plugins that the tests need, and of all that they need, in the versions
of the suite's constraints. They fit machines like this one, with this version of Python. Take DIR there and give
it to certmark run (doctor, accounts, coverage) with --wheels DIR.

exit status: 0 everything is in DIR, 2 usage, 3 unreadable input, 5 no package index answers, or it lacks something
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.cloud import TESTS, AskedOptions
from certmark.cli.options.output import QuietOption


@dataclass(frozen=True, kw_only=True)
class Options(AskedOptions, QuietOption):
    """The options of the verb."""

    folder: Path = argument(metavar="DIR", type=Path, help="the folder of wheels; made where it is not there")
    suite: str = option(
        "--suite", default="tempest", metavar="FILE", help="a description of another suite", group=TESTS
    )
    tempest: str | None = option(
        "--tempest", metavar="VERSION", help="of the suite (default: its description's)", group=TESTS
    )


def run(options: Options, console: Console) -> Exit:
    """Download, and say how to use it."""
    from certmark.app.suites import FetchRequest, fetch_suite

    request = FetchRequest(
        folder=options.folder,
        suite=options.suite,
        version=options.tempest,
        guideline=options.guideline,
        program=options.program,
        levels=options.level,
        flagged=options.flagged,
    )
    count = fetch_suite(request, listener(console))
    console.remark(
        f"{count} wheels are in {options.folder}; install from them with: certmark run --wheels {options.folder}"
    )
    return Exit.OK
