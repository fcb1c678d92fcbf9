"""Where a document has the achievements of a capability: a misspelt key (`acheivements`) is read, too."""

from __future__ import annotations

from typing import Any, NamedTuple

from certmark.domain.guidelines import Guideline

_KEY = "achievements"
_NEAR = 0.85
"""How like a key must be to count as a misspelling (`acheivements` is 0.92)."""


class AchievementList(NamedTuple):
    """A list of achievements as it stands in a document."""

    key: str
    """The key under which it stands."""
    words: tuple[str, ...]


def written_achievements(guideline: Guideline, capability: str) -> AchievementList | None:
    """The achievements of the capability of this key; None where the document has no list and no marks for them."""
    known = guideline.capabilities.get(capability)
    if known is not None and known.marks:  # format 3 says of each criterion whether it is met
        return AchievementList(_KEY, known.achievements)
    entry: Any = (guideline.document.get("capabilities") or {}).get(capability)
    if not isinstance(entry, dict):
        return None
    for key in (_KEY, *_near(entry)):
        if isinstance(entry.get(key), list):
            return AchievementList(key, tuple(word for word in entry[key] if isinstance(word, str)))
    return None


def _near(entry: dict[str, Any]) -> list[str]:
    if isinstance(entry.get(_KEY), list):
        return []
    from difflib import get_close_matches  # a door: few documents misspell it

    return get_close_matches(_KEY, map(str, entry), n=1, cutoff=_NEAR)
