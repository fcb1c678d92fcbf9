"""Blocks of a report as plain values: on a page of the site, and in its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

import msgspec

from certmark.reporting.blocks import Block, Heading, ItemGroup, Sentence, Table, Tone
from certmark.reporting.text import plain_lines


class OutlineItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of a group."""

    text: str
    notes: tuple[str, ...] = ()


class OutlineBlock(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A heading, a sentence, a table or a group of entries."""

    kind: str
    text: str = ""
    tone: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    entries: tuple[OutlineItem, ...] = ()
    notes: tuple[str, ...] = ()


def outline_of(blocks: Iterable[Block], longest: int) -> Iterator[OutlineBlock]:
    """The blocks in their order; a text has so many signs at most."""

    def cut(text: str) -> str:
        return plain_lines(text if len(text) <= longest else f"{text[: longest - 1]}…")

    for block in blocks:
        match block:
            case Heading(text):
                yield OutlineBlock(kind="heading", text=cut(text))
            case Sentence(text, tone):
                yield OutlineBlock(kind="sentence", text=cut(text), tone=_word(tone))
            case Table(columns, rows):
                cells = tuple(tuple(cut(cell.text) for cell in row) for row in rows)
                yield OutlineBlock(kind="table", columns=columns, rows=cells)
            case ItemGroup(title, items, tone, notes):
                entries = tuple(OutlineItem(cut(item.text), tuple(map(cut, item.notes))) for item in items)
                yield OutlineBlock(
                    kind="group", text=cut(title), entries=entries, notes=tuple(map(cut, notes)), tone=_word(tone)
                )
            case _:
                assert_never(block)


def _word(tone: Tone | None) -> str:
    return "" if tone is None else tone.value
