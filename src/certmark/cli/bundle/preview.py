"""Exactly what would leave this machine with the bundle of a run, and what would be removed before.

RUN is the folder of a run or its id. Nothing is written. --print shows a member as it would go.

exit status: 0 a bundle would be written, 1 a secret would leave the machine, 2 usage, 3 not a run's folder
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.advice import worded
from certmark.cli.console import Console
from certmark.cli.display import show
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.output import JsonOption
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest

_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Options(JsonOption):
    """The options of the verb."""

    run: str = argument(metavar="RUN", help="the folder or the id of a run")
    member: str | None = option("--print", metavar="MEMBER", help="print a rewritten member")


def run(options: Options, console: Console) -> Exit:
    """Draft the bundle, and show what is in it."""
    from certmark.app.bundles import preview
    from certmark.reporting.bundles import PreviewView

    found = preview(options.run)
    if options.member is not None:
        texts = dict(found.texts)
        if options.member not in texts:
            raise InvalidRequest(f"{options.member!r} is no member that is rewritten; they are {', '.join(texts)}")
        console.data(texts[options.member])
    else:
        show(PreviewView(found), console, as_json=options.json)
    for leak in found.leaks:
        console.refuse(
            f"{leak.what} stands in {leak.member} ({leak.digest[:_DIGITS]}); no bundle is written as long as it does"
        )
    acceptable = [leak.digest[:_DIGITS] for leak in found.leaks if not leak.is_known]
    if acceptable:
        console.remark(worded(Advice(Action.ACCEPT_SECRET, " ".join(dict.fromkeys(acceptable)))))
    return Exit.FAIL if found.leaks else Exit.OK
