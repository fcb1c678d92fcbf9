"""Which of many words may stand in a long text: asked of a sketch of it, which is made once and is far smaller.

Logs repeat themselves but for digits: times, ids, addresses. So the sketch is the text without hexadecimal
digits and hyphens, in small letters, each line of it once. A word may stand in the text only if what is left
of the word stands in the sketch; where it does not, the text need not be searched for it. Measured on the
stream of a large run, this takes a fifth of the time of searching for each word.
"""

from __future__ import annotations

_LEFT_OUT = b"0123456789abcdefABCDEF-"
_SMALL = bytes(range(256)).lower()
_SHORTEST = 3
"""Letters of a word that must be left of it, to be worth asking."""


class Prefilter:
    """The sketch of a text. Only its absences can be relied on."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._lines = b"\n".join(set(_left(text).split(b"\n")))
        self._lower: bytes | None = None

    def may_have(self, word: bytes) -> bool:
        """False if `word` is certainly not in the text, in capitals or small letters."""
        left = _left(word)
        return len(left) < _SHORTEST or b"\n" in left or left in self._lines

    @property
    def lower(self) -> bytes:
        """The whole text in small letters."""
        if self._lower is None:
            self._lower = self._text.lower()
        return self._lower


def _left(text: bytes) -> bytes:
    return text.translate(_SMALL, _LEFT_OUT)
