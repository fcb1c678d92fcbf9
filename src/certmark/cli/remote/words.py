"""What a server wrote, for whoever asked."""

from __future__ import annotations

from certmark.cli.console import Console, harmless


def write_answer(content: bytes, form: str, console: Console) -> None:
    """Write a text of a server to standard output; nothing in it steers a terminal, nor a pipe that ends at one."""
    if form == "text":
        console.data(harmless(content.decode(errors="replace").rstrip()))
    else:
        console.data_bytes(content)
