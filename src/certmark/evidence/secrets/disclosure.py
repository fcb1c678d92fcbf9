"""What a reviewer is shown of what was removed from a bundle: a JSON file of values, digests and salts."""

from __future__ import annotations

import json
from collections.abc import Iterable

from certmark.evidence.secrets.redaction import Opening
from certmark.formats.documents.foreign_json import parse
from certmark.formats.errors import InvalidOpenings

FORMAT = "certmark-openings"
VERSION = 1
_LARGEST = 16 << 20


def write_openings(run: str, openings: Iterable[Opening]) -> bytes:
    """The file for a reviewer; secrets stand in it, in clear."""
    document = {"format": FORMAT, "version": VERSION, "run": run, "shown": [one._asdict() for one in openings]}
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def read_openings(data: bytes, name: str) -> tuple[Opening, ...]:
    """What is shown in file `name`; nothing is checked. Raises InvalidOpenings."""
    if len(data) > _LARGEST:
        raise InvalidOpenings(f"{name} has more than {_LARGEST >> 20} MiB; no run has so many secrets")
    document = parse(data, name, InvalidOpenings, unique=True)
    if not isinstance(document, dict) or document.get("format") != FORMAT or document.get("version") != VERSION:
        raise InvalidOpenings(f"{name} is not what certmark bundle reveal writes (version {VERSION}); ask for it again")
    shown = document.get("shown")
    if not isinstance(shown, list):
        raise InvalidOpenings(f"{name} shows nothing; ask for it again")
    return tuple(_opening(entry, name) for entry in shown)


def _opening(entry: object, name: str) -> Opening:
    values = [entry.get(key) for key in Opening._fields] if isinstance(entry, dict) else []
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(Opening._fields):
        raise InvalidOpenings(f"{name}: each entry must have the texts {', '.join(Opening._fields)}; ask for it again")
    return Opening(*texts)
