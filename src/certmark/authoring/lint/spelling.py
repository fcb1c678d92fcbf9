"""Misspelt keys, read as what they mean: otherwise one slip of the pen looks like twenty faults.

A key that the schema does not know is taken for the one that it is like, if that one is missing and nothing else is
like it. What was taken for what is told, and every finding is told under the key that really stands there.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from certmark.authoring.lint.schemas import JsonPath, Violation, schema_of, violations
from certmark.formats.guideline.fields import meant_by
from certmark.formats.guideline.schemas import FORMAT_3, SCHEMAS

KNOWN = (*SCHEMAS, FORMAT_3)
"""The versions whose documents are checked."""

_MOST_SLIPS = 500
_SURE = 8
"""Characters of a key from which two slips of the pen leave no doubt what was meant."""
_ROUNDS = 4
"""Misspelt keys below misspelt keys that are followed."""


class Speller:
    """What misspelt keys mean; a file with more of them than any person misspells is not puzzled over."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], str | None] = {}
        self._of: object = None
        self._slips: Counter[str] = Counter()

    def meant(self, key: str, known: dict[str, Any]) -> str | None:
        """The key of `known` that is meant, if one is."""
        if key == "flag" and "flagged" in known:
            return "flagged"
        place = (key, id(known))  # the schema's own object, which lives as long as the process
        if place not in self._known and len(self._known) < _MOST_SLIPS:
            self._known[place] = meant_by(key, (word for word in known if not word.startswith("$")))
        return self._known.get(place)

    def slips(self, value: dict[str, Any], known: dict[str, Any]) -> Counter[str]:
        """How many keys of the object `value` mean each of `known`."""
        if self._of is not value:
            meant = (key if key in known else self.meant(key, known) for key in value)
            self._of, self._slips = value, Counter(word for word in meant if word is not None)
        return self._slips


class Misspelt(NamedTuple):
    """A key that was taken for another one."""

    path: JsonPath
    """With the right keys."""
    key: str
    """As it stands there."""
    is_sure: bool
    """Whether nobody can mean anything else."""

    @property
    def meant(self) -> str:
        """The right key."""
        return str(self.path[-1])


class Understood(NamedTuple):
    """A document with the right keys."""

    schema: str
    """The version that it says; empty where it says none."""
    violations: list[Violation]
    """Of that version's schema; none for a version that there is not."""
    misspelt: tuple[Misspelt, ...]


def understand(document: dict[str, Any]) -> Understood:
    """Rename in `document` what is misspelt without doubt, and say where it still breaks its schema."""
    misspelt: list[Misspelt] = []
    if _schema(document) not in KNOWN:
        _spell_head(document, misspelt)
    schema, is_2 = _schema(document), "metadata" in document
    if schema not in KNOWN or (schema in {"2.0", FORMAT_3}) is not is_2:
        return Understood(schema, [], tuple(misspelt))
    for _ in range(_ROUNDS):
        found = violations(document, schema)
        renamed = _spell(found, misspelt)
        if not renamed:
            break
    return Understood(schema, found, tuple(misspelt))


def _schema(document: dict[str, Any]) -> str:
    metadata = document.get("metadata", document)
    schema = metadata.get("schema") if isinstance(metadata, dict) else None
    return schema if isinstance(schema, str) else ""


def _spell_head(document: dict[str, Any], misspelt: list[Misspelt]) -> None:
    """The keys from which one sees which schema it is."""
    speller = Speller()
    known = schema_of("2.0")["properties"]
    _spell_object(document, (), known, speller, misspelt)
    metadata = document.get("metadata")
    if isinstance(metadata, dict):
        _spell_object(metadata, ("metadata",), known["metadata"]["properties"], speller, misspelt)
    else:
        _spell_object(document, (), schema_of("1.6")["properties"], speller, misspelt)


def _spell(found: list[Violation], misspelt: list[Misspelt]) -> bool:
    speller, renamed = Speller(), False
    objects = {id(one.value): one for one in found if one.keyword == "additionalProperties"}
    for one in objects.values():
        renamed |= _spell_object(one.value, one.path, one.schema["properties"], speller, misspelt)
    return renamed


def _spell_object(
    value: dict[str, Any], path: JsonPath, known: dict[str, Any], speller: Speller, misspelt: list[Misspelt]
) -> bool:
    slips = speller.slips(value, known)
    names = {}
    for key in value:
        meant = speller.meant(key, known) if key not in known else None
        if meant is not None and slips[meant] == 1:
            names[key] = meant
            misspelt.append(Misspelt((*path, meant), key, is_sure=is_sure(key, meant)))
    if names:
        content = [(names.get(key, key), inner) for key, inner in value.items()]
        value.clear()
        value.update(content)
    return bool(names)


def is_sure(key: str, meant: str) -> bool:
    """Whether nobody can mean anything else by `key` than `meant`."""
    plain = key.lower().replace("-", "_") == meant.lower().replace("-", "_")
    return plain or key == "flag" or len(key) >= _SURE
