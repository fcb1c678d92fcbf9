"""Foreign text made safe to show: terminals obey control characters."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """`text` with control characters and direction marks escaped; newlines and tabs stay."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def one_line(text: str) -> str:
    """`printable` text on one line."""
    return printable(" ".join(text.split()))
