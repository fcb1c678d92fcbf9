"""Text for people's eyes: a report, a page, a terminal, converted results. Secrets are hidden in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certmark.formats.secrets import needles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from certmark.formats.secrets.kinds import FoundSecret
    from certmark.formats.secrets.known import KnownSecrets

HIDDEN = "<hidden>"
_SIGNS = tuple(needle.decode() for needle in needles.ALL)
_REMEMBERED: dict[str, str] = {}
_CACHE: list[KnownSecrets] = []


def remember(values: Mapping[str, str]) -> None:
    """From now on this process tells nobody these values, given by what they are: whatever it reads loses them."""
    for name, value in values.items():
        if value and value not in _REMEMBERED:
            _REMEMBERED[value] = name
            _CACHE.clear()


def forget() -> None:
    """Undo `remember`."""
    _REMEMBERED.clear()
    _CACHE.clear()


def remembered() -> dict[str, str]:
    """What this process must tell nobody, by what it is."""
    found: dict[str, str] = {}
    for value, name in _REMEMBERED.items():
        found[name if name not in found else f"{name} ({len(found) + 1})"] = value
    return found


def scrub(text: str, instead: str = HIDDEN) -> str:
    """`text` with everything hidden that a rule finds or that this process was told to keep (`remember`).

    Stars over a secret are hidden likewise: what is read of a masked stream is what was read of the raw one.
    It cannot know a secret that stands alone and that nobody told.
    """
    lowered = text.lower()
    for sign in _SIGNS:  # most texts have none, and this is the quickest way to know
        if sign in lowered:
            break
    else:
        if not _REMEMBERED:
            return text
    from certmark.formats.secrets.search import Prefilter, find_secrets  # a door: who has no failure pays nothing

    content = text.encode("utf-8", "surrogatepass")
    prefilter = Prefilter(content)
    found = [*_known().find(content, prefilter), *find_secrets(content, prefilter, with_masked=True)]
    return _replaced(content, found, instead.encode()).decode("utf-8", "surrogatepass") if found else text


def _known() -> KnownSecrets:
    if not _CACHE:
        from certmark.formats.secrets.known import KnownSecrets

        _CACHE.append(KnownSecrets(remembered()))
    return _CACHE[0]


def _replaced(content: bytes, found: Iterable[FoundSecret], instead: bytes) -> bytes:
    """`content` with `instead` in the place of each secret; what lies across another is one with it."""
    parts: list[bytes] = []
    done = 0
    for start, end in sorted((one.start, one.end) for one in found):
        if start >= done:
            parts += (content[done:start], instead)
        done = max(done, end)
    return b"".join((*parts, content[done:]))
