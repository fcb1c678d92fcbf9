"""Flag a test: it no longer counts, for anybody, wherever FILE names it.

TEST is its name or an alias, the end of one, or its id. The code says which of the accepted reasons it is: D400 it
fails the criteria, D401 a bug of the test, D402 a bug of the product, D403 it also tests what is not required, D404
another reason, D405 an implementation that is not in wide use, D406 the test was removed. --also flags it in a second
file, such as the working copy, likewise; either both are written or none. Every other byte stays.

exit status: 0 done, or shown; 1 the process forbids it, 2 usage, or there is no such thing in FILE, 3 FILE is
unreadable
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import change, today
from certmark.cli.exits import Exit
from certmark.cli.options import argument, checked, option
from certmark.cli.options.editing import EditOptions, file_argument

CODES = ("D400", "D401", "D402", "D403", "D404", "D405", "D406")


@dataclass(frozen=True, kw_only=True)
class Options(EditOptions):
    """The options of the verb."""

    file: str = file_argument()
    test: str = argument(metavar="TEST", help="its name or an alias, the end of one, or its id")
    code: str = option("--code", required=True, choices=CODES, help="which of the accepted reasons")
    reason: str = option("--reason", default="", metavar="TEXT", help="why, with the address of the bug")
    action: str = option("--action", default="", metavar="TEXT", help="what is to be done about it")
    date: dt.date | None = option(
        "--date", type=checked(dt.date.fromisoformat, "a date like 2026-11-21"), metavar="DATE", help="(default: today)"
    )
    also: tuple[str, ...] = option("--also", action="append", metavar="FILE", help="flag it there, too; repeatable")


def run(options: Options, console: Console) -> Exit:
    """Flag it, and say what counts now."""
    from certmark.authoring.changes.flags import FlagTest

    flag = FlagTest(
        test=options.test,
        code=options.code,
        reason=options.reason,
        action=options.action,
        date=options.date or today(),
    )
    return change([options.file, *options.also], flag, options, console)
