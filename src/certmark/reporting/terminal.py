"""The report on a terminal: tables as wide as the window, colour where it is wanted.

Every colour goes with a word or a sign. Foreign text makes no markup and no escape sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, assert_never

from rich.console import Console as Terminal
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from certmark.reporting.blocks import Block, Cell, GroupLook, Heading, ItemGroup, Sentence, Table, Tone
from certmark.reporting.text import box_of, plain

_SIGNS = {Tone.GOOD: "✔ ", Tone.BAD: "✘ ", Tone.GAP: "▲ ", Tone.QUIET: ""}
_STYLES = {Tone.GOOD: "green", Tone.BAD: "bold red", Tone.GAP: "yellow", Tone.QUIET: "dim"}


def print_blocks(
    blocks: Iterable[Block], *, colour: bool, file: IO[str] | None = None, width: int | None = None
) -> None:
    """Print the blocks to `file` (default: standard output), `width` columns wide (default: the window)."""
    terminal = Terminal(
        file=file,
        width=width,
        color_system="standard" if colour else None,
        no_color=not colour,
        force_terminal=colour,
        force_jupyter=False,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
    )
    for block in blocks:
        _print(block, terminal)


def _print(block: Block, terminal: Terminal) -> None:
    match block:
        case Heading():
            terminal.print()
            terminal.print(Text(plain(block.text), style="bold", overflow="fold"))
        case Sentence(is_line=True):
            terminal.print(Text(plain(block.text), style=_style(block.tone)), soft_wrap=True)
        case Sentence():
            terminal.print(_signed(block.text, block.tone))
        case Table():
            terminal.print(_grid(block))
        case ItemGroup():
            _print_group(block, terminal)
        case _:
            assert_never(block)


def _signed(text: str, tone: Tone | None) -> Text:
    sign = _SIGNS[tone] if tone is not None else ""
    return Text(f"{sign}{plain(text)}", style=_style(tone), overflow="fold")


def _style(tone: Tone | None) -> str:
    return _STYLES[tone] if tone is not None else ""


def _grid(table: Table) -> Grid:
    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, column in enumerate(table.columns):
        grid.add_column(Text(column), overflow="fold", no_wrap=place == 0)
    for row in table.rows:
        grid.add_row(*(_cell(cell, place) for place, cell in enumerate(row)))
    return grid


def _cell(cell: Cell, place: int) -> Text:
    if place == 0:
        return _signed(cell.text, cell.tone)
    return Text(plain(cell.text), style=_style(cell.tone), overflow="fold")


def _print_group(group: ItemGroup, terminal: Terminal) -> None:
    terminal.print(_indented(_signed(group.title, group.tone), 2))
    for note in group.notes:
        terminal.print(_indented(Text(plain(note), style="dim", overflow="fold"), 4))
    for item in group.items if group.look is not GroupLook.FOLDED else ():
        # Names are left whole: the terminal wraps them, and a copied one is still one.
        terminal.print(Text(f"    {box_of(group)}{plain(item.text)}"), soft_wrap=True)
        for note in item.notes:
            terminal.print(_indented(Text(plain(note), style="dim", overflow="fold"), 6))


def _indented(text: Text, columns: int) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)
