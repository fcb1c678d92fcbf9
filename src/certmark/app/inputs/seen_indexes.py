"""The indexes of published guidelines that this machine believed last, one for each publisher, and where they were.

Whoever serves an old folder again shows nothing that is forged; only who remembers what was newer can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from certmark.places import state_home
from certmark.trust.log.files import held_folder, replace_file
from certmark.trust.publications.documents import LARGEST, GuidelineIndex, open_index, read_index

_WHAT = "the index that was last seen here"


class SeenIndex(NamedTuple):
    """An index that was believed."""

    contents: GuidelineIndex
    location: str
    """The address or folder where it was last seen."""


def recall(name: str) -> bytes | None:
    """The envelope of the index that was last believed of this publisher; None: none was. Raises OSError."""
    try:
        with _place(name).open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        return None


def remember(envelope: bytes, location: str) -> None:
    """Keep an index that was verified, unless a later edition was kept meanwhile. Raises LogBusy or OSError."""
    index = _read(envelope)
    with held_folder(_home()):
        before = recall(index.name)
        if before is not None and _read(before).number > index.number:
            return
        replace_file(_place(index.name), envelope)
        replace_file(_place(index.name).with_suffix(".location"), location.encode())


def all_seen() -> Iterator[SeenIndex]:
    """Every index that was believed. Raises InvalidEnvelope or OSError."""
    for place in sorted(_home().glob("*.json")):
        location = place.with_suffix(".location")
        where = location.read_text(encoding="utf-8") if location.is_file() else ""
        yield SeenIndex(_read(place.read_bytes()), where)


def _read(envelope: bytes) -> GuidelineIndex:
    return read_index(open_index(envelope, _WHAT), _WHAT)


def _home() -> Path:
    return state_home() / "publishers"


def _place(name: str) -> Path:
    return _home() / f"{sha256(name.encode()).hexdigest()[:32]}.json"
