"""What a reviewer is shown of what was removed from a bundle: a JSON file of values, digests and salts."""

from __future__ import annotations

import json
from collections.abc import Iterable

from certmark.evidence.secrets.redaction import Disclosure
from certmark.formats.documents.fields import Fields
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
    fields = Fields(
        parse(data, name, InvalidDisclosures, unique=True), name, InvalidDisclosures, hint="ask for it again"
    )
    fields.check_document(FORMAT, VERSION)
    if not fields.has("shown"):
        fields.refuse("shows nothing")
    return tuple(_disclosure(entry) for entry in fields.items("shown"))


def _disclosure(entry: Fields) -> Disclosure:
    value = entry.text("value", may_be_empty=True, limit=_LARGEST)
    return Disclosure(entry.text("digest"), value, entry.text("salt"))
