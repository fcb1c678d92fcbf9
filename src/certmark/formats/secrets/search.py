"""Every secret in a piece of text, found fast: a rule looks closely only where one of its needles stands."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.formats.secrets.kinds import FoundSecret, SecretRule, is_masked
from certmark.formats.secrets.named import NAMED
from certmark.formats.secrets.shapes import SHAPES, URL

RULES = (*SHAPES, URL, NAMED)
SHORTEST = 6
"""Characters of a secret that is looked for everywhere; a shorter one stands in any text by chance."""
_LEFT_OUT = b"0123456789abcdefABCDEF-"
_SMALL = bytes(range(256)).lower()
_SHORTEST_LEFT = 3
"""Letters of a word that must be left of it, to be worth asking."""
_WORTH_A_SKETCH = 1 << 16
_FEW = 1000
_REACH = 900
"""Bytes from a URL's `://` to the `@` behind its password, at the most."""


def find_secrets(
    window: bytes, prefilter: Prefilter | None = None, *, with_masked: bool = False
) -> Iterator[FoundSecret]:
    """Everything in `window` that looks like a secret, rule by rule; `prefilter`: the window's, where there is one.

    What two rules lead to is told by each. `with_masked`: also where stars stand over one. Linear in the length of
    the window, whatever it holds.
    """
    for found in _found_by_rules(window, prefilter or Prefilter(window)):
        if with_masked or not is_masked(found.value):
            yield found


def _found_by_rules(window: bytes, prefilter: Prefilter) -> Iterator[FoundSecret]:
    for rule in RULES:
        if rule is URL:
            yield from _secrets_at(window, rule, _urls(window))
        elif not rule.needs or prefilter.may_have(rule.needs):
            for needle in rule.needles:
                if prefilter.may_have(needle) and not prefilter.is_idle(needle, rule.idle):
                    text = prefilter.lower if needle.islower() else window
                    yield from _secrets_at(window, rule, _forwards(text, needle))


def _secrets_at(window: bytes, rule: SecretRule, places: Iterator[int]) -> Iterator[FoundSecret]:
    """The secrets that are read at `places`, which ascend; what was read already is left out."""
    done = 0
    for place in places:
        reading = rule.read(window, place) if place >= done else None
        if reading is not None:
            done = reading.end
            yield from reading.found


def _forwards(text: bytes, needle: bytes) -> Iterator[int]:
    place = text.find(needle)
    while place >= 0:
        yield place
        place = text.find(needle, place + 1)


def _urls(window: bytes) -> Iterator[int]:
    """Where URLs with an `@` in them may begin: few of either are in most logs, and the rarer one is looked for."""
    count = window.count(b"@")
    if count > _FEW and count > window.count(b"://"):
        yield from _forwards(window, b"://")
        return
    end, last = window.find(b"@"), -1
    while end >= 0:
        place = window.rfind(b"://", max(last + 1, end - _REACH), end)
        if place >= 0:
            yield place
            last = place
        end = window.find(b"@", end + 1)


class Prefilter:
    """Which of many words may stand in a long text: asked of a sketch of it; only its absences can be relied on.

    Logs repeat themselves but for digits: times, ids, addresses. So the sketch is the text without hexadecimal
    digits and hyphens, in small letters, each line of it once. A word may stand in the text only if what is left
    of the word stands in the sketch. Measured on the stream of a large run, this takes a fifth of the time of
    searching for each word.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._lines = None if len(text) < _WORTH_A_SKETCH else b"\n".join(set(_left(text).split(b"\n")))
        self._lower: bytes | None = None

    def may_have(self, word: bytes) -> bool:
        """False if `word` is certainly not in the text, in capitals or small letters."""
        if self._lines is None:
            return word.lower() in self.lower
        left = _left(word)
        return len(left) < _SHORTEST_LEFT or b"\n" in left or left in self._lines

    def is_idle(self, word: bytes, forms: tuple[bytes, ...]) -> bool:
        """Whether each `word` is followed by what stands behind it in one of `forms`, but for digits."""
        forms = tuple(_left(form) for form in forms if form.startswith(word))
        if not forms or self._lines is None:
            return False
        return self._lines.count(_left(word)) == sum(map(self._lines.count, forms))

    @property
    def lower(self) -> bytes:
        """The whole text in small letters."""
        if self._lower is None:
            self._lower = self._text.lower()
        return self._lower


def _left(text: bytes) -> bytes:
    return text.translate(_SMALL, _LEFT_OUT)
