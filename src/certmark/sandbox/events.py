"""What a sandbox tells while it works; whoever listens decides what is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from certmark.domain.remarks import Remark


class StepBegan(NamedTuple):
    """A step or the start of a service began."""

    name: str
    text: str
    """What is being done, in words; of a service what it is."""
    service: bool = False


class StepEnded(NamedTuple):
    """A step is done, or a service answers."""

    name: str
    text: str
    seconds: float
    """Wall time since it began."""
    service: bool = False


Event = StepBegan | StepEnded | Remark
"""A remark: a port that moved, remains that were cleared away."""
Listener = Callable[[Event], None]


def ignore(_: Event) -> None:
    """A listener for callers that need no events."""
