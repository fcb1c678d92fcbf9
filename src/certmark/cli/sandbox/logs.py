"""Print the end of what services of the sandbox wrote; without a name a few lines of each.

exit status: 0 printed, 2 there is no such log, 5 there is no sandbox
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import argument, checked, option
from certmark.cli.options.sandbox import SandboxOptions


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError
    return int(text)


@dataclass(frozen=True, kw_only=True)
class Options(SandboxOptions):
    """The options of the verb."""

    services: tuple[str, ...] = argument(nargs="*", metavar="SERVICE", help="whose log (may be left out)")
    lines: int | None = option(
        "--lines",
        "-n",
        type=checked(_count, "a number of lines"),
        metavar="N",
        help="how many (default: 40 of one, 5 of each)",
    )


def run(options: Options, console: Console) -> Exit:
    """Print the ends of logs."""
    from certmark.app.sandbox import logs_of

    tails = logs_of(options.choice, options.services, options.lines or (40 if options.services else 5))
    for log in tails:
        if len(tails) > 1:
            console.data(f"==> {log.service}")
        for line in log.lines:
            console.data(_harmless(line) + "\n")
    return Exit.OK


def _harmless(line: str) -> str:
    """Foreign text: what does not print steers terminals."""
    return "".join(sign if sign.isprintable() else " " for sign in line)
