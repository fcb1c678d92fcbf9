"""The report as plain text, aligned, for pipes and logs: no colour, names never wrapped.

Untrusted text is made harmless to show: no control characters, no escape sequences, no hidden marks. Names, reasons
and tracebacks come from streams that anybody may have written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from certmark.reporting.blocks import Block, GroupLook, Heading, ItemGroup, Sentence, Table


def render_text(blocks: Iterable[Block]) -> str:
    """The blocks as lines of text; nothing in them can steer a terminal."""
    lines: list[str] = []
    for block in blocks:
        match block:
            case Heading():
                lines += ("", plain(block.text))
            case Sentence():
                lines.append(plain(block.text))
            case Table():
                lines += _table(block)
            case ItemGroup():
                lines += _group(block)
            case _:
                assert_never(block)
    return "\n".join(lines) + "\n"


def _table(table: Table) -> Iterator[str]:
    rows = [[column.upper() for column in table.columns], *([plain(cell.text) for cell in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _group(group: ItemGroup) -> Iterator[str]:
    yield f"  {plain(group.title)}"
    for note in group.notes:
        yield f"    {plain(note)}"
    for item in group.items if group.look is not GroupLook.FOLDED else ():
        yield f"    {box_of(group)}{plain(item.text)}"
        for note in item.notes:
            yield f"      {plain(note)}"


def box_of(group: ItemGroup) -> str:
    """What stands before an entry of a list of boxes, and nothing before one of another group."""
    return "[ ] " if group.look is GroupLook.CHECKLIST else ""


def plain(text: str) -> str:
    r"""`text` on one line, each character that does not print shown as an escape such as `\x1b`.

    White space of any kind becomes a blank. Control characters, marks that turn the direction of
    writing, zero-width characters and lone surrogates become escapes, so the result can always be
    encoded in UTF-8.
    """
    return text if text.isprintable() else "".join(map(_escape, text))


def plain_lines(text: str) -> str:
    """Like `plain`, line by line: for tracebacks."""
    return "\n".join(plain(line) for line in text.splitlines())


_MARKUP = re.compile(
    r"</?(?:html|head|body|title|meta|style|h[1-6]|p|br|hr|div|span|pre|code|center|b|i|a|ul|li|em|strong)"
    r"(?:\s[^<>]{0,200})?/?>|<!doctype[^<>]{0,200}>",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"(?:\\[nrt]|\s){2,}|\\[nrt]")


def without_markup(text: str) -> str:
    """`text` without the tags and the written line breaks of an HTML page: for one line of it, where all follows."""
    return _BREAKS.sub(" ", _MARKUP.sub(" ", text)).strip() if "<" in text and _MARKUP.search(text) else text


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else ascii(character)[1:-1]
