"""What came of a discovery, and how it differs from another configuration, option by option.

Values are compared as Tempest reads them: `True` is `true`, lists have no order, and what is not
said is the Tempest's default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.cloud.counting import ApiCalls
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.discovery.option_lists import OptionList
from certmark.cloud.discovery.options import PLACES, Option, is_secret
from certmark.cloud.discovery.tempest_conf import Plan

if TYPE_CHECKING:  # few discoveries make anything
    from certmark.cloud.discovery.creating import CreationRecord


class DiscoveryResult(NamedTuple):
    """Everything that came of it."""

    found: Discovered
    plan: Plan
    known: OptionList
    left_out: tuple[Option, ...]
    """What was found and this Tempest does not read."""
    calls: ApiCalls
    created: CreationRecord | None
    """What was made."""
    written: tuple[Path, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every service that the catalogue has could be looked at."""
        return not self.found.problems


class OptionComparison(NamedTuple):
    """What was discovered, held against somebody's configuration."""

    result: DiscoveryResult
    name: str
    """Of their file, as the person named it."""
    differences: tuple[OptionDifference, ...]

    @property
    def material(self) -> tuple[OptionDifference, ...]:
        """Those that change what the suite does."""
        return tuple(one for one in self.differences if one.matters)


MASK = "(secret)"


_NO = frozenset({"false", "0", "off", "no"})


_YES = frozenset({"true", "1", "on", "yes"})


class DifferenceKind(Enum):
    """How an option differs."""

    DIFFERS = "differs"
    """Both say something, and not the same."""
    ONLY_OURS = "only ours"
    ONLY_THEIRS = "only theirs"
    UNKNOWN = "unknown to Tempest"
    """Only theirs, and this Tempest does not read it."""


class OptionDifference(NamedTuple):
    """An option that is not the same on both sides."""

    key: str
    kind: DifferenceKind
    ours: str | None
    """None where it is not said; a secret is masked."""
    theirs: str | None
    origin: str
    """Of ours; empty where there is none."""
    source: str
    default: str | None
    """What the Tempest takes where nothing is said."""
    matters: bool
    """Whether Tempest then behaves otherwise: false for places, and where the side that says nothing means the same."""

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {**self._asdict(), "kind": self.kind.value}


def differences(ours: Iterable[Option], theirs: Mapping[str, str], known: OptionList) -> tuple[OptionDifference, ...]:
    """All differences between `ours` and `theirs` (`section.name` -> value), by key."""
    mine = {option.key: option for option in ours}
    found = []
    for key in sorted({*mine, *theirs}):
        difference = _difference(key, mine.get(key), theirs.get(key), known)
        if difference is not None:
            found.append(difference)
    return tuple(found)


def _difference(key: str, ours: Option | None, theirs: str | None, known: OptionList) -> OptionDifference | None:
    section, _, name = key.partition(".")
    default = known.default(section, name)
    shape = known.kind(section, name)
    mine = None if ours is None else ours.value
    if mine is not None and theirs is not None and _meaning(mine, shape) == _meaning(theirs, shape):
        return None
    effective = [value if value is not None else default for value in (mine, theirs)]
    is_read = known.has(section, name) and key not in PLACES
    matters = is_read and _meaning(effective[0], shape) != _meaning(effective[1], shape)
    secret = is_secret(name) or (ours is not None and ours.secret)
    return OptionDifference(
        key,
        _kind(mine, theirs, is_known=known.has(section, name)),
        MASK if secret and mine is not None else mine,
        MASK if secret and theirs is not None else theirs,
        "" if ours is None else ours.origin.value,
        "" if ours is None else ours.source,
        default,
        matters,
    )


def _kind(ours: str | None, theirs: str | None, *, is_known: bool) -> DifferenceKind:
    if theirs is None:
        return DifferenceKind.ONLY_OURS
    if not is_known:
        return DifferenceKind.UNKNOWN
    return DifferenceKind.DIFFERS if ours is not None else DifferenceKind.ONLY_THEIRS


def _meaning(value: str | None, shape: str) -> object:
    """What oslo.config makes of a value."""
    text = (value or "").strip()
    if shape == "bool":
        lower = text.lower()
        return True if lower in _YES else False if lower in _NO else text
    if shape == "list":
        return frozenset(word.strip() for word in text.split(",") if word.strip())
    return text
