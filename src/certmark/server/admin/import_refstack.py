"""Take over a RefStack server: users, keys, vendors, products, results, from its database or a dump of that.

SOURCE is the file of a dump (mysqldump or mariadb-dump; plain, gzip or zstd), or the living database as
mysql://USER@HOST[:PORT]/DATABASE. Its password is read from --password-file, or from CERTMARK_IMPORT_PASSWORD in the
environment; behind a ? stand socket=PATH for one on this machine and ca=FILE for TLS. Only reading is needed there.

It may be broken off and begun again at any time. A second run takes what is new there or changed since the last one,
and leaves what people changed here. Every row that was not taken, or not as it stands there, stands in the report: a
line of JSON with the row, why, and what to do. docs/how-to/move-from-refstack.md has the whole way.

exit status: 0 taken, 1 taken but for some rows that the report names, 2 usage, 3 the dump is damaged or none,
5 one of the databases does not allow it
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings

if TYPE_CHECKING:
    from certmark.server.importing.outcome import Outcome

_PAUSE = 0.5
"""Seconds between two lines of progress."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("source", metavar="SOURCE", help="a dump, or mysql://USER@HOST/DATABASE")
    parser.add_argument("--password-file", metavar="FILE", type=Path, help="a file with the password of the database")
    parser.add_argument("--dry-run", action="store_true", help="say what would be taken, and take nothing")
    parser.add_argument(
        "--office", action="store_true", help="give the members of RefStack's Foundation the role programme-office"
    )
    parser.add_argument("--report", metavar="FILE", type=Path, help="the report (default: import-report.jsonl)")
    parser.add_argument("--json", action="store_true", help="the counts as JSON")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Take it over."""
    from certmark.server.importing.outcome import Fate
    from certmark.server.importing.refstack import ImportRequest, import_refstack
    from certmark.server.opening import operated

    report = given.report or Path("import-report.jsonl")
    request = ImportRequest(
        source=given.source,
        password_file=given.password_file,
        report=report,
        is_dry=given.dry_run,
        appoint_office=given.office,
    )
    progress = _Progress(is_shown=sys.stderr.isatty())
    try:
        with operated(settings) as services:
            outcome = import_refstack(services, request, progress.hear)
    finally:
        progress.end()
    if given.json:
        print(json.dumps({"dry_run": given.dry_run, "report": str(report), **outcome.document()}, indent=2))
    else:
        _show(outcome, report, is_dry=given.dry_run)
    return ServerExit.FOUND if any(fate is Fate.LEFT for _, fate in outcome.fates) else ServerExit.OK


def _show(outcome: Outcome, report: Path, *, is_dry: bool) -> None:
    from certmark.server.importing.outcome import ADVICE, Fate, Problem

    tables = sorted({table for table, _ in outcome.fates})
    print("table", *(fate.value for fate in Fate), sep="\t")
    for table in tables:
        print(table, *(outcome.fates[table, fate] for fate in Fate), sep="\t")
    for problem in Problem:
        if outcome.problems[problem]:
            print(f"{problem.value}: {outcome.problems[problem]:,}; {ADVICE[problem]}")
    print(f"{'nothing was taken: a dry run; ' if is_dry else ''}{sum(outcome.problems.values()):,} remarks in {report}")


class _Progress:
    """One line on a terminal, with the time that is left."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._what, self._began, self._shown = "", 0.0, 0.0

    def hear(self, what: str, done: int, total: int) -> None:
        """How far it is."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._began = what, now
        if self._is_shown and now - self._shown > _PAUSE:
            self._shown = now
            left = (now - self._began) * (total - done) / done if done else 0.0
            shown = f"{done / total:.0%}" if what == "dump" else f"{done:,} of {total:,}"
            print(f"\r{what}: {shown}, {_duration(left)} left\x1b[K", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """The line goes."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 90 else f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
