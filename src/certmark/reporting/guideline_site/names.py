"""Names of files and anchors that stay: made from keys and names alone, in signs that every file system has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

_STRANGE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 120


def slug(name: str) -> str:
    """`name` where it is a plain word, else as near as that goes, with the beginning of its digest."""
    plain = _STRANGE.sub("-", name).strip("-.")[:_LONGEST]
    return plain if plain == name else f"{plain or 'x'}-{sha256(name.encode(errors='replace')).hexdigest()[:8]}"


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A name of a file for each of `names`, also where the file system knows no capitals."""
    found: dict[str, str] = {}
    taken: set[str] = {"index"}
    for name in names:
        word = slug(name)
        if word.casefold() in taken:
            word = f"{word}-{sha256(name.encode(errors='replace')).hexdigest()[:8]}"
        taken.add(word.casefold())
        found[name] = word
    return found
