"""The versions of the schema of interop guidelines, and the format of our own that came after them."""

from __future__ import annotations

SCHEMAS = ("1.0", "1.2", "1.3", "1.4", "1.5", "1.6", "2.0")
"""The versions of the interop guideline schema that exist; there was no 1.1."""
FORMAT_3 = "3.0"
"""Our own, which says what those cannot."""
FORMAT_3_ADDRESS = "https://certmark.example/schema/guideline/3.0"
"""Of its JSON Schema, for `$schema`."""
