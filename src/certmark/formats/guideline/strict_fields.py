"""The fields of format 3: a value of the wrong kind is refused with its place; unknown keys are remarked upon."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, NoReturn, TypeVar

from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.document import kind_of
from certmark.formats.guideline.fields import GuidelineFields, as_object, show

_Member = TypeVar("_Member", bound=Enum)
_QUOTES = "; in YAML and JSON a text that looks like a number stands in quotes"


class StrictFields(GuidelineFields):
    """One object of a document of format 3. Everything raises InvalidGuideline for a value of another kind."""

    __slots__ = ()

    def refuse(self, key: str, wanted: str) -> NoReturn:
        """Say what the value under `key` must be."""
        value = self.content[key]
        shown = excerpt(value) if isinstance(value, str) else kind_of(value)
        hint = _QUOTES if wanted == "a text" and shown == "a number" else ""
        raise InvalidGuideline(f"{self.at(key)}: must be {wanted}, not {shown}{hint}")

    def text(self, *keys: str) -> str | None:
        """The text under the first of `keys` that is there; None where there is none, or null."""
        key = next((key for key in keys if self.content.get(key) is not None), None)
        if key is None:
            return None
        value = self.content[key]
        return value if isinstance(value, str) else self.refuse(key, "a text")

    def required_text(self, key: str) -> str:
        """The text under `key`, not blank."""
        value = self.text(key)
        if value is None or not value.strip():
            raise InvalidGuideline(f'{self.place or "it"}: must have a "{key}"')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; none where it is not there."""
        value = self.content.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.refuse(key, "a list of texts")
        return tuple(value)

    def names(self, key: str) -> tuple[str, ...]:
        """As `texts`."""
        return self.texts(key)

    def number(self, key: str) -> int | None:
        """A whole number; None where there is none."""
        value = self.content.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        return self.refuse(key, "a whole number")

    def member(self, key: str, kind: type[_Member]) -> _Member | None:
        """The member of an enum whose value stands there; None where there is none."""
        value = self.content.get(key)
        if value is None:
            return None
        found = next((member for member in kind if member.value == value), None)
        return found or self.refuse(key, f"one of {', '.join(str(member.value) for member in kind)}")

    def inner(self, key: str, known: frozenset[str] | None = None) -> StrictFields:
        """The object under `key`; an empty one where there is none."""
        value = self.content.get(key)
        return StrictFields({} if value is None else value, self.at(key), self.notes, known)

    def each(self, key: str, known: frozenset[str] | None = None) -> Iterator[tuple[str, StrictFields]]:
        """The objects of the object under `key`, by their keys; null is an empty one."""
        for name, value in self.objects(key).items():
            content = {} if value is None else value
            yield name, StrictFields(content, f"{self.at(key)}.{show(name)}", self.notes, known)

    def objects(self, key: str) -> dict[str, Any]:
        """The object under `key`; an empty one where there is none."""
        value = self.content.get(key)
        return {} if value is None else as_object(value, self.at(key))

    def items(self, key: str, known: frozenset[str] | None = None) -> list[StrictFields]:
        """The objects of the list under `key`; none where there is none."""
        value = self.content.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(key, "a list")
        places = (f"{self.at(key)}[{number}]" for number in range(len(value)))
        return [StrictFields(item, place, self.notes, known) for item, place in zip(value, places, strict=True)]
