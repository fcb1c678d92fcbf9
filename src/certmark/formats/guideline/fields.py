"""The fields of a foreign object: read if they are what they must be, else refused or remarked upon.

What a verdict depends on is refused where it has the wrong type, with its place; what only
describes is left out, with a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from certmark.domain.guidelines import Level
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.document import kind_of
from certmark.formats.results.contents import MAX_NAME

MAX_REMARKS = 50
_SHOWN = 3  # places in one remark
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"


class _Unknown(NamedTuple):
    """Where a key stands that is not understood."""

    meant: str | None
    places: tuple[str, ...]
    """The first ones."""
    times: int


class Notes:
    """What a reader found odd; bounded."""

    __slots__ = ("_more", "_sentences", "_unknown")

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self._more = 0
        self._unknown: dict[str, _Unknown] = {}

    def add(self, sentence: str) -> None:
        """Note one odd thing."""
        if len(self._sentences) < MAX_REMARKS:
            self._sentences.append(sentence)
        else:
            self._more += 1

    def note_unknown(self, key: str, place: str, known: Iterable[str]) -> None:
        """Note a key that is not understood; equal ones become one remark."""
        entry = self._unknown.get(key)
        if entry is not None:
            places = (*entry.places, place) if entry.times < _SHOWN else entry.places
            self._unknown[key] = entry._replace(places=places, times=entry.times + 1)
        elif len(self._unknown) < MAX_REMARKS:
            self._unknown[key] = _Unknown(meant_by(key, known), (place,), 1)
        else:
            self._more += 1

    def sentences(self) -> tuple[str, ...]:
        """All of it, one sentence each; a last one counts what found no room."""
        for key, unknown in self._unknown.items():
            hint = f'; perhaps "{unknown.meant}" is meant' if unknown.meant else ""
            more = f" and {unknown.times - _SHOWN} more" if unknown.times > _SHOWN else ""
            places = ", ".join(unknown.places) + more
            self.add(f'the key "{show(key)}" is unknown, kept and not understood{hint} ({places})')
        self._unknown.clear()
        return (*self._sentences, *([f"and {self._more} more odd things"] if self._more else []))


class GuidelineFields:
    """One object of a document, at a place that messages can name."""

    __slots__ = ("content", "notes", "place")

    def __init__(self, content: object, place: str, notes: Notes, known: frozenset[str] | None = None) -> None:
        """Raises InvalidGuideline if `content` is no object; keys beside `known` are remarked upon."""
        self.content = as_object(content, place)
        self.place = place
        self.notes = notes
        if known is not None and not known >= self.content.keys():
            for key in self.content:
                if key not in known:
                    notes.note_unknown(key, place or "at the top", known)

    def at(self, key: str) -> str:
        """The place of a field."""
        return f"{self.place}.{show(key)}" if self.place else show(key)

    def text(self, *keys: str) -> str | None:
        """The text under the first of `keys` that is there; None where there is none or it is no text."""
        for key in keys:
            if key in self.content:
                value = self.content[key]
                if value is None or isinstance(value, str):
                    return value
                self.notes.add(f"{self.at(key)} is {kind_of(value)} and should be a text")
                return None
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a list; what is no text is remarked upon and left out."""
        value = self.content.get(key, [])
        if not isinstance(value, list):
            self.notes.add(f"{self.at(key)} is {kind_of(value)} and should be a list of texts")
            return ()
        texts = tuple(item for item in value if isinstance(item, str))
        if len(texts) != len(value):
            self.notes.add(f"{self.at(key)} has entries that are no texts")
        return texts

    def number(self, key: str) -> int | None:
        """A whole number, also one that is written as a text."""
        value = self.content.get(key)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
            return int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.notes.add(f"{self.at(key)} is {kind_of(value)} and should be a whole number")
        return None

    def truth(self, key: str) -> bool | None:
        """True or false; None where it is neither."""
        value = self.content.get(key)
        if value is None or isinstance(value, bool):
            return value
        self.notes.add(f"{self.at(key)} is {kind_of(value)} and should be true or false")
        return None

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names on which a verdict depends; none if the key is absent. Raises InvalidGuideline."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InvalidGuideline(f"{self.at(key)}: must be a list of names, not {_what(value)}")
        return tuple(value)

    def objects(self, key: str) -> dict[str, Any]:
        """An object on which a verdict depends; empty if the key is absent. Raises InvalidGuideline."""
        return as_object(self.content.get(key, {}), self.at(key))

    def inner(self, key: str, known: frozenset[str] | None = None) -> GuidelineFields:
        """The object under `key` for its descriptive fields; an empty one where it is none."""
        value = self.content.get(key, {})
        if not isinstance(value, dict):
            if value != []:  # some documents write [] for an empty object
                self.notes.add(f"{self.at(key)} is {kind_of(value)} and should be an object")
            value = {}
        return GuidelineFields(value, self.at(key), self.notes, known)


def as_object(value: object, place: str) -> dict[str, Any]:
    """`value`, if it is an object. Raises InvalidGuideline."""
    if not isinstance(value, dict):
        raise InvalidGuideline(f"{place}: must be an object, not {kind_of(value)}")
    return value


def as_level(word: str) -> Level | None:
    """The requirement level of this name; None if there is none."""
    return _LEVELS.get(word)


_LEVELS = {level.value: level for level in Level}


def checked_name(name: str, place: str) -> str:
    """`name`, if a test can be called so. Raises InvalidGuideline: it would break lists and tables."""
    if not name.strip():
        raise InvalidGuideline(f"{place}: a test without a name")
    if len(name) > MAX_NAME:
        raise InvalidGuideline(f"{place}: the name {excerpt(name)} is longer than {MAX_NAME} characters")
    if not name.isprintable() and re.search(_CONTROL, name):
        raise InvalidGuideline(f"{place}: the name {excerpt(name)} has control characters")
    return name


def show(name: str) -> str:
    """A foreign name in a message: as it is where it is short and printable."""
    return name if len(name) <= 200 and name.isprintable() else excerpt(name, 120)


def _what(value: object) -> str:
    return "a list with something else in it" if isinstance(value, list) else kind_of(value)


def meant_by(key: str, known: Iterable[str]) -> str | None:
    """The known key of which `key` seems to be a slip of the pen; None where none is near."""
    if len(key) < _SHORTEST_SLIP:
        return None
    slips = sorted((_distance(key, other), other) for other in known if abs(len(other) - len(key)) <= _SLIPS)
    return slips[0][1] if slips and slips[0][0] <= _SLIPS else None


_SLIPS = 2
_SHORTEST_SLIP = 4


def _distance(one: str, other: str) -> int:
    """Edits from `one` to `other` (Levenshtein), where they are no more than slips; else any larger number."""
    start = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), None)
    if start is None:
        return abs(len(one) - len(other))
    one, other = one[start:], other[start:]
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        first, last = max(1, i - _SLIPS), min(len(other), i + _SLIPS)
        previous, row[first - 1] = row[first - 1], i if first == 1 else _SLIPS + 1
        for j in range(first, last + 1):
            above = row[j] if j < i + _SLIPS else _SLIPS + 1  # outside of the band nothing is a slip
            previous, row[j] = row[j], min(above + 1, row[j - 1] + 1, previous + (left != other[j - 1]))
        if min(row[first - 1 : last + 1]) > _SLIPS:
            return _SLIPS + 1
    return row[-1]
