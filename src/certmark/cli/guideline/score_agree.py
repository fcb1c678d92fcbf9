"""Make one sheet of marks out of two: what is equal is taken, what is not is listed.

--decide settles one of those, with --by for who decided; what was not taken stays in the evidence. A mark that nobody
decided stays open.

exit status: 0 everything is agreed or decided, 1 something is open, 2 usage, 3 unreadable scores
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.editing import today
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import QuietOption


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    first: str = argument(metavar="A", help="a worksheet, CSV, document of marks or guideline")
    second: str = argument(metavar="B", help="likewise, of another scorer")
    decide: tuple[str, ...] = option(
        "--decide",
        action="append",
        metavar="CAPABILITY.CRITERION=1",
        help="settle one that they disagree on; repeatable",
    )
    by: str = option("--by", default="", metavar="NAME", help="who decided")
    output: str | None = option("--output", "-o", metavar="FILE", help="write the agreed document of marks")


def run(options: Options, console: Console) -> Exit:
    """List what is open, and write what was asked for."""
    from certmark.app.files import write_file
    from certmark.app.guideline.score_sheets import AgreementRequest, agreed_sheet
    from certmark.domain.phrases import counted
    from certmark.reporting.text import plain

    request = AgreementRequest(
        first=options.first, second=options.second, decisions=options.decide, by=options.by, day=today()
    )
    found, content = agreed_sheet(request)
    for one in found.open:
        console.data(plain(f"{one.key}: {one.first.value} and {one.second.value}"))
    agreed, decided = counted(found.agreed, "mark agreed", "marks agreed"), len(found.decided)
    console.data(f"{agreed}, {decided} decided, {len(found.open)} open.")
    if options.output is not None:
        write_file(options.output, content)
        console.remark(f"wrote {options.output}")
    return Exit.FAIL if found.open else Exit.OK
