"""The report in GitHub-flavoured Markdown: for pull requests and wikis.

https://github.github.com/gfm/. Foreign text is escaped: it makes no markup, no link, no mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import assert_never

from certmark.reporting.blocks import Block, Cell, GroupLook, Heading, ItemGroup, Sentence, Table, Tone
from certmark.reporting.text import plain

_SIGNS = {Tone.GOOD: "✅ ", Tone.BAD: "❌ ", Tone.GAP: "⚠️ ", Tone.QUIET: ""}
_ESCAPES = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_{}[]|~$!"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u200b", "#": "\\#\u200b"}
)
_URL = re.compile(r"(?:\b[A-Za-z][A-Za-z0-9+.-]*://|\bwww\.)\S*")


def render_markdown(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def escape(text: str) -> str:
    """`text` so that it shows as it is: punctuation escaped, mentions broken, addresses no links and yet to be copied.

    What breaks a mention is a character that cannot be seen; it never stands in an address.
    """
    shown, parts, end = plain(text), [], 0
    for url in _URL.finditer(shown):
        parts += [shown[end : url.start()].translate(_ESCAPES), _address(url[0])]
        end = url.end()
    return "".join((*parts, shown[end:].translate(_ESCAPES)))


def _address(url: str) -> str:
    r"""Escaped so that no reader of Markdown makes a link of it: `https:\//`."""
    text = url.translate(_ESCAPES).replace("\u200b", "").replace("@", "&#64;")
    return text.replace("://", ":\\//").replace("www.", "www\\.")


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"## {escape(block.text)}"
        case Sentence():
            return f"{_sign(block.tone)}{_first_column(escape(block.text))}"
        case Table():
            return "\n".join(_table(block))
        case ItemGroup():
            return "\n".join(_group(block))
        case _:
            assert_never(block)


def _sign(tone: Tone | None) -> str:
    return _SIGNS[tone] if tone is not None else ""


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(table.columns)} |"
    yield f"|{' --- |' * len(table.columns)}"
    for row in table.rows:
        yield f"| {' | '.join(_cell(cell, place) for place, cell in enumerate(row))} |"


def _cell(cell: Cell, place: int) -> str:
    return f"{_sign(cell.tone) if place == 0 else ''}{escape(cell.text)}"


def _group(group: ItemGroup) -> Iterator[str]:
    match group.look:
        case GroupLook.FOLDED:
            yield f"<details><summary>{escape(group.title)}</summary>\n"
            yield from (f"- {_entry(note)}" for note in group.notes)
            yield from _items(group, "- ", "")
            yield "\n</details>"
        case GroupLook.CHECKLIST:
            yield f"**{escape(group.title)}**\n"
            yield from (f"{_entry(note)}\n" for note in group.notes)
            yield from _items(group, "- [ ] ", "")
        case GroupLook.PLAIN:
            yield from _plain_group(group)
        case _:
            assert_never(group.look)


def _items(group: ItemGroup, sign: str, indent: str) -> Iterator[str]:
    for item in group.items:
        yield f"{indent}{sign}{_entry(item.text)}"
        for note in item.notes:
            yield f"{indent}  - {_entry(note)}"


def _entry(text: str) -> str:
    return _first_column(escape(text))


def _plain_group(group: ItemGroup) -> Iterator[str]:
    yield f"- {_sign(group.tone)}{_entry(group.title)}"
    for note in group.notes:
        yield f"  - {_entry(note)}"
    yield from _items(group, "- ", "  ")


def _first_column(text: str) -> str:
    """`text`, unless it would begin a list, a quotation or a rule: then with that sign escaped."""
    head = text[:1]
    if head in {"-", "+", "="}:
        return f"\\{text}"
    digits = len(text) - len(text.lstrip("0123456789"))
    return f"{text[:digits]}\\{text[digits:]}" if digits and text[digits : digits + 1] in {".", ")"} else text
