"""Guidelines in the order of their families, and what each capability was in each of them.

1. A family is what guidelines replace one another in: the core (`2020.06`, `next`, all of the schemas 1.x), each
   add-on or vertical by the word before its date (`dns.2020.06`). A list of tests is a family of its own.
2. In a family the order is that of the dates in the ids; what has no date, such as `next`, comes last, and documents
   of schema 1.0, which are called after releases, first.
3. The history of a capability goes through the families that have it: in each from the first guideline that has it
   to the one after the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from certmark.domain.guidelines import Capability, Guideline, Level, ProgramKind
from certmark.domain.programs import levels_of

_DATED = re.compile(r"(?:(.*?)[._-])?(?:\d{4}\.\d{2}|next)\Z")
_DATE = re.compile(r"(\d{4})\.(\d{2})")
CORE = ""
"""The family of the platforms."""


class GuidelineFamily(NamedTuple):
    """Guidelines that replace one another."""

    name: str
    guidelines: tuple[Guideline, ...]
    """The earliest first."""


class CapabilityVersion(NamedTuple):
    """A capability in one guideline."""

    guideline: Guideline
    level: Level | None
    """The strongest one; None: no component places it."""
    capability: Capability | None
    """None: it is not defined there."""

    @property
    def is_there(self) -> bool:
        """Whether the guideline knows it at all."""
        return self.level is not None or self.capability is not None


class CapabilityHistory(NamedTuple):
    """A capability through the guidelines."""

    key: str
    versions: tuple[CapabilityVersion, ...]

    @property
    def latest(self) -> Capability | None:
        """As the last guideline that defines it has it."""
        return next((one.capability for one in reversed(self.versions) if one.capability is not None), None)


def is_plain_list(guideline: Guideline) -> bool:
    """Whether its capabilities are groups that were made of the names of tests."""
    return "text" in guideline.document and [one.kind for one in guideline.programs] == [ProgramKind.LIST]


def families_of(guidelines: Iterable[Guideline]) -> tuple[GuidelineFamily, ...]:
    """Rules 1 and 2: the core first, then the others by name, lists last."""
    found: dict[tuple[bool, str], list[Guideline]] = {}
    for guideline in guidelines:
        found.setdefault((is_plain_list(guideline), _family(guideline)), []).append(guideline)
    return tuple(
        GuidelineFamily(name, tuple(sorted(found[is_listed, name], key=_when))) for is_listed, name in sorted(found)
    )


def _family(guideline: Guideline) -> str:
    if is_plain_list(guideline):
        return guideline.id
    if guideline.schema.startswith("1."):
        return CORE
    match = _DATED.match(guideline.id)
    return (match[1] or CORE) if match is not None else guideline.id


def _when(guideline: Guideline) -> tuple[str, str]:
    match = _DATE.search(guideline.id)
    undated = "0000.00" if guideline.schema == "1.0" else "9999.99"
    return (f"{match[1]}.{match[2]}" if match is not None else undated, guideline.id)


def histories_of(families: Sequence[GuidelineFamily]) -> tuple[CapabilityHistory, ...]:
    """Rule 3, by key; groups of lists are no capabilities."""
    versions: dict[str, list[CapabilityVersion]] = {}
    for family in families:
        members = [one for one in family.guidelines if not is_plain_list(one)]
        levels = [levels_of(one, one.components) for one in members]
        keys = {key for one, placed in zip(members, levels, strict=True) for key in (*one.capabilities, *placed)}
        for key in keys:
            there = [
                CapabilityVersion(one, placed.get(key), one.capabilities.get(key))
                for one, placed in zip(members, levels, strict=True)
            ]
            versions.setdefault(key, []).extend(_lifetime(there))
    return tuple(CapabilityHistory(key, tuple(versions[key])) for key in sorted(versions))


def _lifetime(versions: Sequence[CapabilityVersion]) -> Sequence[CapabilityVersion]:
    there = [place for place, version in enumerate(versions) if version.is_there]
    return versions[there[0] : there[-1] + 2]
