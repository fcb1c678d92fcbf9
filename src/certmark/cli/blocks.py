"""Blocks shown to whoever is there: tables and colour on a terminal, plain text in a pipe."""

from __future__ import annotations

from collections.abc import Sequence

from certmark.cli.console import Console
from certmark.reporting.blocks import Block


def show_blocks(blocks: Sequence[Block], console: Console) -> None:
    """Write `blocks` to standard output."""
    if console.is_terminal:
        from certmark.reporting.terminal import print_blocks

        print_blocks(blocks, colour=console.colour)
    else:
        from certmark.reporting.text import render_text

        console.data(render_text(blocks))
