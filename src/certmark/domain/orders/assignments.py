"""What becomes of an order each time that it is due: an assignment, which one runner at a time carries out.

1. It is *due* until somebody claims it within its window; then it is *overdue*, which is an end.
2. A claim is a lease: it ends at a moment of the server's clock, unless the runner is heard before.
   A runner stops what it does before its lease ends, by a clock that it started before it asked.
3. Some time after its lease ended (`GRACE`) another runner may take it over, also outside of its window.
   After `MOST_ATTEMPTS` it is done, and its cloud could not be tested.
4. On one cloud of one owner one assignment is at work at a time, and each by one attempt: whoever speaks for an
   earlier attempt is told that it is no longer theirs.
5. A cancelled one ends at once where it is due; at work it ends once its runner says so, or its lease is over.
6. A runner takes what asks for no label that it has not, on a cloud that it knows.
7. It ends once: done with a result, skipped with a reason, cancelled or overdue.
8. What is not done within its window for a reason of ours (overdue, not tested) is never a failure of the cloud.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest

LEASE = 60_000_000
"""Microseconds."""
GRACE = 15_000_000
MOST_ATTEMPTS = 5


class LostAssignment(InvalidRequest):
    """It is no longer theirs who speak of it: taken over, or at its end; they stop."""


class AssignmentState(Enum):
    """How far it is."""

    DUE = "due"
    CLAIMED = "claimed"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    OVERDUE = "overdue"

    @property
    def is_at_work(self) -> bool:
        """Whether somebody has it."""
        return self in {AssignmentState.CLAIMED, AssignmentState.RUNNING}

    @property
    def is_end(self) -> bool:
        """Whether nothing follows."""
        return self is not AssignmentState.DUE and not self.is_at_work


class AssignmentResult(Enum):
    """What a done one came to."""

    PASS = "pass"
    FAIL = "fail"
    INCOMPLETE = "incomplete"
    NOT_TESTED = "not tested"
    """For a reason that is not the cloud's verdict."""


class OrderAssignment(NamedTuple):
    """An order that is, or was, due."""

    id: bytes
    order: bytes
    vendor: bytes
    """Empty: the programme's."""
    cloud: str
    program: str
    due: int
    until: int
    """The end of its window."""
    state: AssignmentState = AssignmentState.DUE
    attempt: int = 0
    runner: bytes | None = None
    """Who has it, or had it last."""
    lease: int | None = None
    """Until when; None: nobody has it."""
    ended: int | None = None
    is_cancelled: bool = False
    result: AssignmentResult | None = None
    run: bytes | None = None
    """On the server."""
    reason: str = ""
    """Why it was not done, or is no pass."""
    progress: str = ""
    """What its runner said last."""
    revision: int = 0


class RunnerTerms(NamedTuple):
    """What a runner can take."""

    labels: frozenset[str]
    clouds: frozenset[str]
    """Of which it has credentials."""


class AssignmentDemand(NamedTuple):
    """An assignment, and the labels that its order asks for."""

    assignment: OrderAssignment
    labels: frozenset[str]


def is_abandoned(one: OrderAssignment, now: int) -> bool:
    """Rule 3: whether whoever had it is gone."""
    return one.lease is not None and one.lease + GRACE <= now


def choose(
    demands: Iterable[AssignmentDemand], at_work: Iterable[OrderAssignment], terms: RunnerTerms, now: int
) -> OrderAssignment | None:
    """The first that this runner may take now (rules 3, 4, 6); None: there is none."""
    held = {(one.vendor, one.cloud): one.id for one in at_work if one.lease is not None}
    for demand in demands:
        one = demand.assignment
        is_free = held.get((one.vendor, one.cloud), one.id) == one.id
        if is_free and _is_open(one, now) and demand.labels <= terms.labels and one.cloud in terms.clouds:
            return one
    return None


def _is_open(one: OrderAssignment, now: int) -> bool:
    if one.state is AssignmentState.DUE:
        return one.due <= now < one.until
    return is_abandoned(one, now) and one.attempt < MOST_ATTEMPTS and not one.is_cancelled


def claimed(one: OrderAssignment, runner: bytes, now: int) -> OrderAssignment:
    """Taken by a runner, as a further attempt, for a lease."""
    return one._replace(
        state=AssignmentState.CLAIMED,
        attempt=one.attempt + 1,
        runner=runner,
        lease=now + LEASE,
        progress="",
        revision=one.revision + 1,
    )


def heard(one: OrderAssignment, attempt: int, now: int, progress: str) -> OrderAssignment:
    """Its runner is alive: the lease begins anew. Raises LostAssignment."""
    _check(one, attempt)
    return one._replace(state=AssignmentState.RUNNING, lease=now + LEASE, progress=progress, revision=one.revision + 1)


class AssignmentEnd(NamedTuple):
    """What a runner says that became of it."""

    state: AssignmentState
    result: AssignmentResult | None
    run: bytes | None
    reason: str


def ended(one: OrderAssignment, attempt: int, now: int, end: AssignmentEnd) -> OrderAssignment:
    """Its runner is at its end with it (rule 7); one that was cancelled is that, unless it has a verdict by now.

    Raises LostAssignment, or InvalidRequest for what is no end.
    """
    _check(one, attempt)
    if end.state not in {AssignmentState.DONE, AssignmentState.SKIPPED, AssignmentState.CANCELLED}:
        raise InvalidRequest("a runner says that it is done, skipped or cancelled")
    if (end.state is AssignmentState.DONE) != (end.result is not None):
        raise InvalidRequest("what is done has a result, and nothing else has one")
    if end.state is AssignmentState.CANCELLED and not one.is_cancelled:
        raise InvalidRequest("nobody cancelled it")
    if (end.run is None) == (end.result in _WITH_RUN):
        raise InvalidRequest("a verdict has a run, and nothing else has one")
    return _over(one, now, end._replace(reason=end.reason or (one.reason if one.is_cancelled else "")))


_WITH_RUN = {AssignmentResult.PASS, AssignmentResult.FAIL, AssignmentResult.INCOMPLETE}


def cancelled(one: OrderAssignment, now: int, reason: str) -> OrderAssignment:
    """Rule 5. Raises LostAssignment where it is at its end."""
    if one.state.is_end:
        raise LostAssignment(f"it is {one.state.value} already")
    if one.state is AssignmentState.DUE:
        return _over(one, now, AssignmentEnd(AssignmentState.CANCELLED, None, None, reason))
    return one._replace(is_cancelled=True, reason=reason, revision=one.revision + 1)


def lapsed(one: OrderAssignment, now: int) -> OrderAssignment:
    """What the clock makes of it (rules 1, 3, 5); itself where that is nothing."""
    if one.state is AssignmentState.DUE and one.until <= now:
        return _over(one, now, AssignmentEnd(AssignmentState.OVERDUE, None, None, "no runner took it in its window"))
    if not is_abandoned(one, now):
        return one
    if one.is_cancelled:
        return _over(one, now, AssignmentEnd(AssignmentState.CANCELLED, None, None, one.reason))
    if one.attempt >= MOST_ATTEMPTS:
        reason = f"{one.attempt} attempts were given up by their runners"
        return _over(one, now, AssignmentEnd(AssignmentState.DONE, AssignmentResult.NOT_TESTED, None, reason))
    return one


def _check(one: OrderAssignment, attempt: int) -> None:
    """Rule 4."""
    if not one.state.is_at_work or one.attempt != attempt:
        raise LostAssignment("this assignment is at its end, or another runner has it; stop")


def _over(one: OrderAssignment, now: int, end: AssignmentEnd) -> OrderAssignment:
    return one._replace(
        state=end.state,
        lease=None,
        ended=now,
        result=end.result,
        run=end.run,
        reason=end.reason,
        revision=one.revision + 1,
    )
