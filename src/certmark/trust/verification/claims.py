"""What nobody but the sender can know: shown by the name of *claims*, and by no other.

Everything else in report.json, manifest.json, versions.json, journal.jsonl and in the statement about them is computed
again and compared. docs/threat-model.md lists the same names, with the reason of each.
"""

from __future__ import annotations

from typing import Final

CLAIMS: Final = (
    "report.json evaluator.version",
    "manifest.json removed",
    "manifest.json accepted",
    "manifest.json cloud",
    "journal.jsonl identity.catalog_id",
    "journal.jsonl fingerprint",
    "statement product.name",
    "statement product.version",
    "statement signed",
)
"""Of each the document that has it, and its keys from the outside inwards. What is in a part is covered with it."""
