"""The fields of a stranger's mapping, each checked when it is asked for; one wording for all documents.

    fields = Fields(document, "waivers.yaml", InvalidWaivers, known={"product", "waivers"})
    product = fields.text("product")
    for entry in fields.items("waivers"):
        day = entry.day("expires")

What is wrong is refused in one sentence: where, which field, what it must be. Guidelines are read another
way (`formats.guideline.fields`): what is odd in them is kept and remarked upon.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, NoReturn, TypeVar

from certmark.domain.errors import Refusal
from certmark.formats.errors import excerpt

LONGEST = 16_384
"""Characters of a string, unless a reader says otherwise."""
_HUGE = 2**63 - 1
_Member = TypeVar("_Member", bound=Enum)


class Fields:
    """One mapping, at a place that messages can name. Raises its `family` for everything that is not as asked."""

    __slots__ = ("_family", "_hint", "content", "where")

    def __init__(
        self,
        content: object,
        where: str,
        family: type[Refusal],
        known: Collection[str] | None = None,
        *,
        hint: str = "",
    ) -> None:
        """Refuses what is no mapping, and keys beside `known`. `hint` is what to do, at the end of each sentence."""
        self.where, self._family, self._hint = where, family, hint
        if not isinstance(content, dict):
            self.refuse(f"must be a mapping with {', '.join(sorted(known))}" if known else "must be a mapping")
        self.content: Mapping[str, Any] = content
        if known is not None:
            self.check_keys(known)

    def refuse(self, what: str, key: str | None = None) -> NoReturn:
        """Say what is wrong, here or with the field `key`."""
        field = "" if key is None else f': "{key}"'
        hint = f"; {self._hint}" if self._hint else ""
        raise self._family(f"{self.where}{field} {what}{hint}")

    def check_keys(self, known: Collection[str]) -> None:
        """A key that is not understood must not be taken for one that is not there."""
        for key in self.content:
            if key not in known:
                there = ", ".join(sorted(known))
                raise self._family(f"{self.where}: {excerpt(str(key), 40)} is not known; there are {there}")

    def check_document(self, format_: str, version: int, *, may_be_absent: bool = False) -> None:
        """The head of a document of ours: `format` and `version`; `may_be_absent`: a person may leave them out."""
        missing = (format_, version) if may_be_absent else (None, None)
        said = self.content.get("format", missing[0]), self.content.get("version", missing[1])
        if said[0] != format_:
            instead = "" if said[0] is None else f"; it says {excerpt(str(said[0]), 40)}"
            self.refuse(f'must have "format": "{format_}"{instead}')
        if said[1] != version or type(said[1]) is not int:  # 1.0 and true are equal to 1
            which = 'does not say its "version"' if said[1] is None else f"is of version {excerpt(str(said[1]), 20)}"
            self.refuse(f"{which}; this Certmark reads {format_}, version {version}")

    def has(self, key: str) -> bool:
        """Whether the field is there, and not null."""
        return self.content.get(key) is not None

    def at(self, key: str) -> str:
        """The place of a field."""
        return f"{self.where}, {key}"

    def inside(self, content: object, where: str, known: Collection[str] | None = None) -> Fields:
        """A mapping that stands in this one."""
        return Fields(content, where, self._family, known, hint=self._hint)

    def text(self, key: str, default: str | None = None, *, may_be_empty: bool = False, limit: int = LONGEST) -> str:
        """A string as it is, not blank unless it `may_be_empty`; `default` where it is not there."""
        value = self.content.get(key, default)
        if not isinstance(value, str) or not (may_be_empty or value.strip() or value == default):
            self.refuse("must be a string", key)
        if len(value) > limit:
            self.refuse(f"has more than {limit:,} characters", key)
        return value

    def maybe_text(self, key: str, *, may_be_empty: bool = False, limit: int = LONGEST) -> str | None:
        """A string, or None where the field is not there or null."""
        return self.text(key, may_be_empty=may_be_empty, limit=limit) if self.has(key) else None

    def texts(self, key: str, default: Iterable[str] | None = None, *, limit: int = LONGEST) -> tuple[str, ...]:
        """A list of strings; without a `default` it must be there and not be empty."""
        value = self.content.get(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            self.refuse("must be a list of strings", key)
        if default is None and (not value or "" in value):
            self.refuse("must be a list of strings that is not empty", key)
        if any(len(item) > limit for item in value):
            self.refuse(f"has an entry of more than {limit:,} characters", key)
        return tuple(value)

    def number(self, key: str, default: int | None = None, *, least: int = 0, most: int = _HUGE) -> int:
        """A whole number between `least` and `most`."""
        value = self.content.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            bounds = f" from {least:,} to {most:,}" if most < _HUGE else f" from {least:,} on" if least >= 0 else ""
            self.refuse(f"must be a whole number{bounds}", key)
        return value

    def maybe_number(self, key: str, *, least: int = 0, most: int = _HUGE) -> int | None:
        """A whole number, or None where the field is not there or null."""
        return self.number(key, least=least, most=most) if self.has(key) else None

    def maybe_decimal(self, key: str) -> float | None:
        """A finite number, or None where the field is not there or null."""
        value = self.content.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not -_HUGE < value < _HUGE:
            self.refuse("must be a number", key)
        return float(value)

    def truth(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.content.get(key, default)
        if not isinstance(value, bool):
            self.refuse("must be true or false", key)
        return value

    def day(self, key: str) -> date:
        """A day; YAML gives dates as such, JSON as strings (ISO 8601)."""
        value = self.content.get(key)
        if isinstance(value, str):
            value = _or_none(date.fromisoformat, value)
        if not isinstance(value, date) or isinstance(value, datetime):
            self.refuse("must be a date such as 2027-05-31", key)
        return value

    def maybe_day(self, key: str) -> date | None:
        """A day, or None where the field is not there or null."""
        return self.day(key) if self.has(key) else None

    def moment(self, key: str) -> datetime:
        """A moment (ISO 8601), in UTC; one without a zone is taken to be UTC."""
        value = self.content.get(key)
        if isinstance(value, str):
            value = _or_none(datetime.fromisoformat, value)
        if not isinstance(value, datetime):
            self.refuse("must be a time such as 2027-05-31T10:00:00Z", key)
        try:
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError:
            self.refuse("is before or after all times that there are", key)

    def member(self, key: str, kind: type[_Member]) -> _Member:
        """The member of an enum whose value stands there."""
        value = self.content.get(key)
        found = next((member for member in kind if member.value == value), None)
        if found is None:
            self.refuse(f"must be one of {', '.join(str(member.value) for member in kind)}", key)
        return found

    def mapping(self, key: str, known: Collection[str] | None = None) -> Fields:
        """The mapping of a field; an empty one where it is not there."""
        return self.inside(self.content.get(key, {}), self.at(key), known)

    def items(self, key: str, known: Collection[str] | None = None) -> list[Fields]:
        """The mappings of a list; none where it is not there."""
        value = self.content.get(key, [])
        if not isinstance(value, list):
            self.refuse("must be a list of mappings", key)
        return [self.inside(item, f"{self.where}, {key}[{place}]", known) for place, item in enumerate(value)]


def _or_none(read: Any, text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        return None
