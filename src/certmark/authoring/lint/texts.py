"""Texts before they are JSON or a list: marks, ends of lines, tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.domain.phrases import count_of
from certmark.formats.documents.json_faults import TextRepair

_TAB = re.compile(r"^ *\t", re.MULTILINE)
_END = re.compile(r"\r\n?|\n")


def check_text(text: str, *, has_mark: bool) -> Iterator[BrokenRule]:
    """What a text has that is legal and makes trouble elsewhere."""
    if has_mark:
        message = "a mark of byte order stands before the text; most readers of JSON refuse it"
        yield BrokenRule("structure/byte-order-mark", (), message, offset=0, repair=TextRepair(0, 0, ""))
    if "\r" in text:
        yield from _ends(text)
    if "\t" in text:
        tab = _TAB.search(text)
        if tab is not None:
            message = "a tab indents this line; guidelines are indented with blanks"
            yield BrokenRule("structure/tabs", (), message, offset=tab.end() - 1)


def _ends(text: str) -> Iterator[BrokenRule]:
    windows = text.count("\r\n")
    returns, feeds = text.count("\r") - windows, text.count("\n") - windows
    if not feeds and not returns:
        yield BrokenRule("structure/line-ends", (), "its lines end in CR LF, as on Windows", offset=0)
        return
    rare = min((("\r\n", windows), ("\r", returns), ("\n", feeds)), key=lambda pair: pair[1] or len(text) + 1)
    usual = max((("\r\n", windows), ("\n", feeds), ("\r", returns)), key=lambda pair: pair[1])
    names = {"\r\n": "CR LF", "\r": "CR", "\n": "LF"}
    message = f"{count_of(rare[1], 'line ends', 'lines end')} in {names[rare[0]]}, the others in {names[usual[0]]}"
    places = [found for found in _END.finditer(text) if found[0] == rare[0]]
    for found in places[:1] if len(places) > _MOST_ENDS else places:
        repair = TextRepair(found.start(), found.end(), usual[0]) if len(places) <= _MOST_ENDS else None
        yield BrokenRule("structure/mixed-line-ends", (), message, offset=found.start(), repair=repair)


_MOST_ENDS = 20
"""Odd ends of lines that are told one by one."""
