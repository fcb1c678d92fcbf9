"""The one envelope of everything that is shown as JSON."""

from __future__ import annotations

import json

from certmark.reporting.views import Document


def encoded(document: Document) -> bytes:
    """The document as UTF-8: what it is and in which version first, an indent of one, a newline at the end."""
    envelope = {"format": document.format, "version": document.version, **document.body}
    text = json.dumps(envelope, indent=1, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace")  # a lone surrogate, which UTF-8 has not, as JSON escapes it
