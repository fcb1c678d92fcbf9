"""The safe repairs: keys and values written anew, every other character left as it was."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.authoring.lint.checking import Checked, Repair


def repaired(text: str, repairs: Iterable[Repair]) -> str:
    """`text` with all of `repairs`; of two that touch the same characters the first in the text is done."""
    parts: list[str] = []
    end = 0
    for repair in sorted(repairs, key=lambda repair: repair.start):
        if repair.start >= end:
            parts += (text[end : repair.start], repair.new)
            end = repair.end
    return "".join((*parts, text[end:]))


def mended(checked: Checked, path: str) -> bytes:
    """The content of the file `path` with all repairs done; a mark of byte order at its beginning is kept."""
    with open(path, "rb") as file:
        mark = file.read(len(_BOM))
    return (_BOM if mark == _BOM else b"") + repaired(checked.text, checked.repairs).encode()


_BOM = b"\xef\xbb\xbf"


def difference(checked: Checked) -> str:
    """What the repairs would change, as a unified diff."""
    import difflib

    before = checked.text.splitlines(keepends=True)
    after = repaired(checked.text, checked.repairs).splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, f"a/{checked.name}", f"b/{checked.name}"))
