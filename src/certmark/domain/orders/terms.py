"""What a standing order says, and what may stand in it.

1. It names things and never files: a runner looks for a cloud, a guideline and a suite among its own, and a server
   cannot have it read or run anything else.
2. A cloud that its owner set aside is not tested until the day that was named, for the reason that was given.
3. What does not pass is told as a concern: private, 14 days; never more by itself (workflow 3.3).
4. After two periods without a test the last one counts as stale (workflow 4, rule 15).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from certmark.domain.errors import InvalidInput
from certmark.domain.orders.assignments import AssignmentResult, AssignmentState, OrderAssignment

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""Of clouds, regions, guidelines, suites, versions, labels and runners."""
_NAME = re.compile(NAME)
_MOST_LABELS = 20
CONCERN_DAYS = 14
STALE_AFTER = 2


class InvalidOrder(InvalidInput):
    """Whoever writes an order must look at it again; the message says at what."""


class OrderState(Enum):
    """Whether an order goes on."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class OrderTerms(NamedTuple):
    """What is tested, and how."""

    name: str
    cloud: str
    program: str
    guideline: str | None = None
    """None: the newest that its runner has with the program."""
    region: str | None = None
    suite: str | None = None
    suite_version: str | None = None
    workers: int | None = None
    """Concurrency; None: as many as the accounts are enough for."""
    labels: tuple[str, ...] = ()
    """That its runner must have."""
    attention: bool = True
    """Whether those who look after it are told by mail of what does not pass."""


def check_terms(terms: OrderTerms) -> None:
    """Rule 1. Raises InvalidOrder."""
    named = {
        "cloud": terms.cloud,
        "guideline": terms.guideline,
        "region": terms.region,
        "suite": terms.suite,
        "version of the suite": terms.suite_version,
        **{f"label {label[:20]!r}": label for label in terms.labels},
    }
    for what, word in named.items():
        if word is not None and not _NAME.fullmatch(word):
            raise InvalidOrder(f"{word[:60]!r} is no {what}: that is a name of letters, digits and . _ - only")
    for what, word in (("name", terms.name), ("program", terms.program)):
        if not 0 < len(word) <= 200 or not word.isprintable() or word.startswith("-"):
            raise InvalidOrder(f"the {what} of an order is a line of at most 200 signs that begins with none of -")
    if len(terms.labels) > _MOST_LABELS:
        raise InvalidOrder(f"an order asks for {_MOST_LABELS} labels at most")
    if terms.workers is not None and not 1 <= terms.workers <= 256:
        raise InvalidOrder("a run has 1 to 256 workers")


class OrderHealth(NamedTuple):
    """How an order stands, of its newest assignments."""

    last_pass: OrderAssignment | None
    missed: int
    """Times, since the last test, that it was not tested."""

    @property
    def is_stale(self) -> bool:
        """Rule 4."""
        return self.missed >= STALE_AFTER


def health_of(newest_first: Sequence[OrderAssignment]) -> OrderHealth:
    """How it stands; nothing was never passed."""
    ends = [one for one in newest_first if one.state.is_end and one.state is not AssignmentState.CANCELLED]
    tested = [_is_tested(one) for one in ends]
    missed = tested.index(True) if True in tested else len(tested)
    return OrderHealth(next((one for one in ends if one.result is AssignmentResult.PASS), None), missed)


def _is_tested(one: OrderAssignment) -> bool:
    return one.result not in {None, AssignmentResult.NOT_TESTED}
