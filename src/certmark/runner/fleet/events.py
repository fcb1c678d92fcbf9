"""What happens while a fleet is tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from certmark.domain.fleets import MemberStanding


class FleetBegan(NamedTuple):
    """The fleet begins, or is taken up."""

    keys: tuple[str, ...]
    """Of its members."""


class MemberBegan(NamedTuple):
    """The run of a member has begun."""

    key: str


class MemberMessage(NamedTuple):
    """A run said something."""

    key: str
    event: Mapping[str, Any]
    """One of the run's events, as JSON has it."""


class MemberSettled(NamedTuple):
    """What a member came to is known."""

    standing: MemberStanding


class FleetStopping(NamedTuple):
    """A person asked for an end; runs end after their running tests."""

    running: tuple[str, ...]


FleetEvent = FleetBegan | MemberBegan | MemberMessage | MemberSettled | FleetStopping
FleetListener = Callable[[FleetEvent], None]
"""Whoever is told; it never changes what is done."""
