"""Blocks shown to whoever is there: tables and colour on a terminal, plain text in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from certmark.cli.console import Console
from certmark.formats.report.blocks import Block


def show_blocks(blocks: Sequence[Block], console: Console) -> None:
    """Write `blocks` to standard output."""
    if console.is_terminal:
        from certmark.cli.terminal import print_blocks  # noqa: PLC0415 - rich is for terminals only

        print_blocks(blocks, colour=console.colour)
    else:
        from certmark.formats.report.text import render_text  # noqa: PLC0415 - not needed on a terminal

        console.data(render_text(blocks))
