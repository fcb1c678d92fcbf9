"""Views and questions for whoever is there: tables and colour on a terminal, plain text in a pipe, reports in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console, printable
from certmark.cli.options.output import Output
from certmark.reporting.views import Form, View, render

if TYPE_CHECKING:
    from certmark.reporting.blocks import Block


_LARGEST_SUMMARY = 1 << 20
"""Bytes of a job's summary; GitHub shows nothing at all of a larger one."""
_CUT = b"\n*The summary of a job has room for no more; the report in the results is whole.*\n"


def show(view: View, console: Console, *, as_json: bool = False) -> None:
    """Write `view` to standard output: as JSON where it is asked for, else for people."""
    write(view, [Output(Form.JSON if as_json else Form.TEXT, None)], console)


def write(view: View, outputs: Iterable[Output], console: Console) -> None:
    """Write `view` wherever it is asked for. Raises what `write_file` raises."""
    for output in outputs:
        if output.form is Form.GITHUB:
            _add_to_summary(view)
        if output.path is not None:
            from certmark.app.files import write_file

            write_file(output.path, render(view, output.form))
            console.remark(f"wrote {output.path}")
        elif output.form is Form.TEXT and console.quiet and view.headline:
            from certmark.reporting.text import plain

            console.data(plain(view.headline))
        elif output.form is Form.TEXT and console.is_terminal:
            show_blocks(tuple(view.blocks()), console)
        else:
            console.data_bytes(render(view, output.form))


def write_content(content: bytes, path: str | None, console: Console) -> None:
    """Write `content` to the file `path`; None: to standard output. Raises what `write_file` raises."""
    if path is None:
        console.data_bytes(content)
    else:
        from certmark.app.files import write_file

        write_file(path, content)
        console.remark(f"wrote {path}")


def _add_to_summary(view: View) -> None:
    """The report for people goes to the summary of the job, where GitHub names the file of one. Raises OSError."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("ab") as file:
            report = render(view, Form.MARKDOWN)
            room = _LARGEST_SUMMARY - file.tell() - len(_CUT)
            # Within a line a table would be cut to something else.
            file.write(report if len(report) <= room else report[: report.rfind(b"\n", 0, max(room, 0)) + 1] + _CUT)


def show_blocks(blocks: Sequence[Block], console: Console) -> None:
    """Write `blocks` to standard output."""
    if console.is_terminal:
        from certmark.reporting.terminal import print_blocks

        print_blocks(blocks, colour=console.colour)
    else:
        from certmark.reporting.text import render_text

        console.data(render_text(blocks))


def can_be_asked() -> bool:
    """Whether somebody is there who could answer."""
    return sys.stdin.isatty()


def is_agreed(question: str, *, unseen: View | None = None) -> bool:
    """Whether the person says yes; no answer is a no. `unseen` is what it is about, where it was not shown yet."""
    shown = render(unseen, Form.TEXT).decode() if unseen is not None else ""
    sys.stderr.write(f"{shown}{printable(question)} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def near_home(folder: Path) -> str:
    """A folder as a person would write it."""
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if home in folder.parents else str(folder)
