"""Waivers: dated exceptions of one product (rule 3).

A flag belongs to the guideline and holds for all; a waiver belongs to one product, and expires.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import NamedTuple


class Scope(Enum):
    """What a waiver excuses."""

    TEST = "test"
    CAPABILITY = "capability"


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

    def holds_on(self, day: date) -> bool:
        """Whether the waiver is in force on `day`."""
        return day <= self.expires and (self.granted is None or self.granted <= day)
