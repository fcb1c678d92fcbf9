"""The one envelope of everything that is shown as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Document(NamedTuple):
    """What programs read: a JSON object that says what it is."""

    format: str
    """Its name, as in `certmark-doctor`; data/schemas/output has a schema for each."""
    version: int
    """Raised when a key changes its meaning or goes; keys may be added."""
    body: Mapping[str, Any]
    """Keys in snake_case."""


def encoded(document: Document) -> bytes:
    """The document as UTF-8: what it is and in which version first, an indent of one, a newline at the end."""
    import json

    envelope = {"format": document.format, "version": document.version, **document.body}
    text = json.dumps(envelope, indent=1, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace")  # a lone surrogate, which UTF-8 has not, as JSON escapes it
