"""The vocabulary of tags, a YAML file -> `domain.vocabularies`."""

from __future__ import annotations

from certmark.domain.vocabularies import TagVocabulary
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import InvalidVocabulary

_LARGEST = 64 << 10
_TOP, _KEYS = {"format", "version", "tags"}, {"key", "meaning", "words"}


def read_vocabulary(data: bytes, name: str) -> TagVocabulary:
    """The vocabulary in the file `name`. Raises InvalidVocabulary."""
    document = Fields(parse_document(data, name, InvalidVocabulary, largest=_LARGEST), name, InvalidVocabulary, _TOP)
    document.check_document("certmark-tags", 1)
    entries = list(document.items("tags", _KEYS))
    meanings = {entry.text("key"): entry.text("meaning") for entry in entries}
    if len(meanings) != len(entries):
        document.refuse("has a key twice", "tags")
    return TagVocabulary(meanings, {entry.text("key"): entry.texts("words") for entry in entries})
