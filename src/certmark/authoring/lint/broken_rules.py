"""What a check hands on: a broken rule at a path, and how it could be mended."""

from __future__ import annotations

from typing import NamedTuple

from certmark.authoring.lint.schemas import JsonPath
from certmark.formats.documents.json_faults import TextRepair


class Edit(NamedTuple):
    """One key or one value to be written anew."""

    path: JsonPath
    on_key: bool
    new: str
    """JSON text."""


class BrokenRule(NamedTuple):
    """A broken rule."""

    rule: str
    path: JsonPath
    """Where it is told; what is not in the document is told at the nearest part that is."""
    message: str
    edit: Edit | None = None
    offset: int | None = None
    """Where it stands, for what has no path: a text that is no JSON, a line of a list."""
    repair: TextRepair | None = None
    """How what has no path is mended."""
    place: tuple[int, int] | None = None
    """Line and column, for what cannot be read as a text."""
