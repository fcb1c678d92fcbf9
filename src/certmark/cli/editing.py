"""Changes to guidelines: asked for, shown, and turned into an exit status."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from certmark.cli.console import Console, harmless
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.version import __version__

if TYPE_CHECKING:
    from certmark.app.guideline.editing import EditResult
    from certmark.authoring.changes.editable import IntendedChange
    from certmark.cli.options.editing import EditOptions

_COLOURS = {"+": "32", "-": "31", "@": "36"}


def today() -> dt.date:
    """The day, in UTC."""
    return dt.datetime.now(dt.UTC).date()


def change(files: Sequence[str], what: IntendedChange, options: EditOptions, console: Console) -> Exit:
    """Change `files`, and show what came of it."""
    from certmark.app.guideline.editing import EditRequest, edit_guidelines

    request = EditRequest(files=files, change=what, predecessor=options.predecessor, dry_run=options.dry_run)
    return finish(edit_guidelines(request, listener(console)), console, dry_run=options.dry_run)


def finish(result: EditResult, console: Console, *, dry_run: bool) -> Exit:
    """Show the change or what lint says of it; FAIL where the process forbids it."""
    if result.forbidden is not None:
        console.refuse(result.forbidden)
        return Exit.FAIL
    if dry_run:
        show_difference("".join(file.difference for file in result.files), console)
    findings = tuple(finding for file in result.files for finding in file.findings)
    if findings:
        from certmark.authoring.lint.checks import LintReport
        from certmark.cli.advice import worded
        from certmark.cli.display import show
        from certmark.domain.findings import Severity
        from certmark.reporting.lint.view import LintView

        names = tuple(file.path for file in result.files)
        report = LintReport(names, findings, Severity.WARNING, is_complete=True)
        show(LintView(report, evaluator=__version__, words=worded), console)
    return Exit.OK


def show_difference(difference: str, console: Console) -> None:
    """A unified diff, coloured where that may be."""
    if not console.colour:
        console.data(difference)
        return
    for line in harmless(difference).splitlines():
        colour = "1" if line.startswith(("+++", "---")) else _COLOURS.get(line[:1])
        sys.stdout.write(f"\x1b[{colour}m{line}\x1b[0m\n" if colour else f"{line}\n")
