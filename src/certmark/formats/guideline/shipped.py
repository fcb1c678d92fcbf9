"""The guidelines that ship with the package: their ids, their texts, and which of them is the default."""

from __future__ import annotations

from functools import cache
from pathlib import Path

DEFAULT = "2026.11"
"""The guideline that is meant where none is named."""

_FOLDER = Path(__file__).parents[2] / "data" / "guidelines"
_ENDINGS = (".json", ".lst", ".yaml")


def shipped() -> tuple[str, ...]:
    """The ids of the guidelines that ship with the package: the default, then the others by name."""
    return tuple(_paths())


def path_of_shipped(identity: str) -> Path:
    """Where the guideline of this id lies. KeyError if none ships."""
    return _paths()[identity]


def shipped_text(identity: str) -> bytes | None:
    """The shipped guideline of this id, unread; None if there is none."""
    path = _paths().get(identity)
    return None if path is None else path.read_bytes()


def is_other_text(identity: str, data: bytes) -> bool:
    """Whether a guideline of this id ships along, and `data` is another text than it."""
    text = shipped_text(identity)
    return text is not None and text != data


@cache
def _paths() -> dict[str, Path]:
    found = {path.stem: path for path in sorted(_FOLDER.iterdir()) if path.suffix in _ENDINGS}
    return {DEFAULT: found.pop(DEFAULT), **found}
