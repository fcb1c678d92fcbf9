"""Untrusted text made harmless to show: no control characters, no escape sequences, no hidden marks.

Names, reasons and tracebacks come from streams that anybody may have written.
"""

from __future__ import annotations


def plain(text: str) -> str:
    r"""`text` on one line, each character that does not print shown as an escape such as `\x1b`.

    White space of any kind becomes a blank. Control characters, marks that turn the direction of
    writing, zero-width characters and lone surrogates become escapes, so the result can always be
    encoded in UTF-8.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def plain_lines(text: str) -> str:
    """Like `plain`, line by line: for tracebacks."""
    return "\n".join(plain(line) for line in text.splitlines())


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else ascii(character)[1:-1]
