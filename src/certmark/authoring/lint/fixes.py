"""The safe repairs: keys and values written anew, every other character left as it was."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.authoring.lint.checking import BYTE_ORDER_MARK, CheckedGuideline, Repair


def repair(text: str, repairs: Iterable[Repair]) -> str:
    """`text` with all of `repairs`; of two that touch the same characters the first in the text is done."""
    parts: list[str] = []
    end = 0
    for one in sorted(repairs, key=lambda one: one.start):
        if one.start >= end:
            parts += (text[end : one.start], one.new)
            end = one.end
    return "".join((*parts, text[end:]))


def mend(checked: CheckedGuideline) -> bytes:
    """The file with all repairs done; a mark of byte order at its beginning is kept."""
    mark = BYTE_ORDER_MARK if checked.file.has_mark else b""
    return mark + repair(checked.file.text, checked.repairs).encode()


def difference(checked: CheckedGuideline) -> str:
    """What the repairs would change, as a unified diff."""
    import difflib

    name, before = checked.file.name, checked.file.text.splitlines(keepends=True)
    after = repair(checked.file.text, checked.repairs).splitlines(keepends=True)
    return "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))
