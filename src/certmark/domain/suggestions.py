"""What a person may have meant by a word that nothing is called."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100
"""Signs of a word that are compared: what is longer is no slip of the pen."""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is most like `word`, whatever the case; None where none is like it."""
    if len(word) > _LONGEST:
        return None
    by_folded = {one.casefold(): one for one in known if len(one) <= 2 * _LONGEST}
    found = get_close_matches(word.casefold(), by_folded, 1, 0.7)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What stands after a word that nothing is called: ` (did you mean x?)`, or nothing."""
    found = closest(word, known)
    return f" (did you mean {found}?)" if found is not None else ""
