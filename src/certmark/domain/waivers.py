"""Waivers: dated exceptions of one product (rule 3).

A flag belongs to the guideline and holds for all; a waiver belongs to one product, and expires.
"""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from typing import NamedTuple

from certmark.domain.guidelines import WaiverRules
from certmark.domain.phrases import counted

_DATED = re.compile(r"\d{4}\.\d{2}")


class Scope(Enum):
    """What a waiver excuses."""

    TEST = "test"
    CAPABILITY = "capability"


class Approval(Enum):
    """Who stands behind a waiver."""

    UNSIGNED = "not signed"
    """Whoever wrote the file."""
    UNCHECKED = "signed, and nobody was asked whose signatures count"
    APPROVED = "approved"
    """Those who may, by signatures that were checked."""


class GuidelineRange(NamedTuple):
    """From which guideline on, and up to which one, a waiver holds; both included."""

    first: str | None = None
    last: str | None = None

    def covers(self, guideline: str) -> bool:
        """Whether the guideline of this id is in the range; one without a date only if it is named as an end."""
        if guideline in {self.first, self.last}:
            return True
        day = _dated(guideline)
        first, last = _dated(self.first), _dated(self.last)
        if day is None or (self.first is not None and first is None) or (self.last is not None and last is None):
            return False
        return (first is None or first <= day) and (last is None or day <= last)

    def __str__(self) -> str:
        """In words."""
        if self.first == self.last:
            return f"guideline {self.first}"
        start = f"from {self.first} " if self.first is not None else ""
        return f"guidelines {start}{f'to {self.last}' if self.last is not None else 'on'}".strip()


def is_dated(guideline: str) -> bool:
    """Whether a guideline's id says of which year and month it is, and so has a place in a range."""
    return _dated(guideline) is not None


def _dated(guideline: str | None) -> str | None:
    found = None if guideline is None else _DATED.search(guideline)
    return None if found is None else found[0]


class Waiver(NamedTuple):
    """A granted exception for one product."""

    scope: Scope
    target: str
    """A test's name or idempotent id, or a capability's key."""
    reason: str
    grantor: str
    """Who granted it."""
    expires: date
    """The last day on which it holds."""
    granted: date | None = None
    """The first day on which it holds; None: it always did."""
    link: str | None = None
    """Where the decision is on record."""
    product: str | None = None
    guidelines: GuidelineRange | None = None
    """Under which guidelines it holds; None: under all."""
    approval: Approval = Approval.UNSIGNED
    approvers: tuple[str, ...] = ()
    """Who approved it with a signature; only where that was checked."""

    def holds_on(self, day: date) -> bool:
        """Whether the waiver is in force on `day`."""
        return day <= self.expires and (self.granted is None or self.granted <= day)

    def covers(self, guideline: str) -> bool:
        """Whether it holds under the guideline of this id."""
        return self.guidelines is None or self.guidelines.covers(guideline)

    def is_of(self, name: str, vendor: str | None = None, version: str | None = None) -> bool:
        """Whether it is one of the product `name`; a waiver may name vendor and version with it, or leave them out.

        One that names no product is of any. Capitals and blanks do not matter.
        """
        if self.product is None:
            return True
        told = " ".join(self.product.casefold().split())
        forms = ((name,), (name, version), (vendor, name), (vendor, name, version))
        return any(told == " ".join(" ".join(filter(None, form)).casefold().split()) for form in forms)


def rule_broken(waiver: Waiver, rules: WaiverRules) -> str:
    """What a guideline asks of waivers and this one does not have, in few words; empty where it has all."""
    if rules.approvers is not None and len(set(waiver.approvers)) < rules.approvers:
        approvers = counted(len(set(waiver.approvers)), "signature")
        return f"{approvers} of approvers on it, and the guideline asks for {rules.approvers}"
    if rules.longest_days is None:
        return ""
    if waiver.granted is None:
        return f"it does not say since when it holds, and the guideline allows {counted(rules.longest_days, 'day')}"
    days = (waiver.expires - waiver.granted).days + 1
    if days > rules.longest_days:
        return f"it holds for {counted(days, 'day')}, and the guideline allows {rules.longest_days}"
    return ""
