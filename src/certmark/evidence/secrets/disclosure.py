"""What a reviewer is shown of what was removed from a bundle: a JSON file of values, digests and salts."""

from __future__ import annotations

import json
from collections.abc import Iterable

from certmark.evidence.secrets.redaction import Disclosure
from certmark.formats.documents.foreign_json import parse
from certmark.formats.errors import InvalidDisclosures

FORMAT = "certmark-openings"
VERSION = 1
_LARGEST = 16 << 20


def write_disclosures(run: str, disclosures: Iterable[Disclosure]) -> bytes:
    """The file for a reviewer; secrets stand in it, in clear."""
    document = {"format": FORMAT, "version": VERSION, "run": run, "shown": [one._asdict() for one in disclosures]}
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def read_disclosures(data: bytes, name: str) -> tuple[Disclosure, ...]:
    """What is shown in file `name`; nothing is checked. Raises InvalidDisclosures."""
    if len(data) > _LARGEST:
        raise InvalidDisclosures(f"{name} has more than {_LARGEST >> 20} MiB; no run has so many secrets")
    document = parse(data, name, InvalidDisclosures, unique=True)
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != VERSION:
        raise InvalidDisclosures(f"{name} is not a file of removed values (version {VERSION}); ask for it again")
    shown = document.get("shown")
    if not isinstance(shown, list):
        raise InvalidDisclosures(f"{name} shows nothing; ask for it again")
    return tuple(_disclosure(entry, name) for entry in shown)


def _disclosure(entry: object, name: str) -> Disclosure:
    values = [entry.get(key) for key in Disclosure._fields] if isinstance(entry, dict) else []
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(Disclosure._fields):
        raise InvalidDisclosures(
            f"{name}: each entry must have the texts {', '.join(Disclosure._fields)}; ask for it again"
        )
    return Disclosure(*texts)
