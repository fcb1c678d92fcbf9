"""Refusals: families by who must act; what was wrong and what may be done about it, apart.

    Refusal
    ├── InvalidRequest   whoever asks must ask differently
    ├── InvalidInput     whoever made what was read must mend it (`formats.errors` divides it further)
    └── CannotProceed    the cloud, the suite or this machine does not allow it: a full disk, too

A refusal's text is one sentence for a person: what was wrong, where, and what to do as far as it is
the same for everybody. What is done differently at a command line, in a request or on a page is an
`Advice`: the edges word it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from certmark.domain.advice import Advice


class Refusal(Exception):
    """Something that cannot be done, with a sentence for the person who can do something about it."""

    def __init__(self, what: str, advice: Advice | None = None) -> None:
        super().__init__(what)
        self.advice = advice
        """What to do, as data; None: the sentence says it, or nothing can be done."""


class InvalidRequest(Refusal, ValueError):
    """The person who asks must ask differently."""


class InvalidInput(Refusal, ValueError):
    """Whoever made what was read must mend it, or the person must name something else."""


class CannotProceed(Refusal):
    """The cloud, the suite or this machine does not let a thing begin or go on."""
