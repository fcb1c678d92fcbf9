"""What is worth saying beside a result, while it is made or with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from certmark.domain.advice import Advice


class Remark(NamedTuple):
    """One sentence for the person who asked."""

    text: str
    advice: Advice | None = None
    is_important: bool = False
    """It is said also to a person who wants no remarks."""


Listener = Callable[[Remark], None]
"""Whoever is told remarks as they come up; it never changes what is done."""


def ignore(_: Remark) -> None:
    """The listener of those who want none."""
