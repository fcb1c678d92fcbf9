"""What happens while a run or a fleet goes on, as values; whoever shows or records it listens to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from certmark.domain.fleets import MemberStanding
from certmark.formats.run_endings import Ending

FAILURES = frozenset({"fail", "uxsuccess", "xfail"})
"""The outcomes of an ended test, in subunit's words, that are failures."""


class RunBegan(NamedTuple):
    """Workers are about to start."""

    run: str
    groups: int
    tests: int
    workers: int
    expected: float
    """Seconds until the end."""


class GroupBegan(NamedTuple):
    """A worker began a class."""

    group: str
    worker: int
    tests: int
    expected: float


class CaseBegan(NamedTuple):
    """A test began."""

    test: str
    group: str
    worker: int


class CaseEnded(NamedTuple):
    """A test, or a class fixture, ended."""

    test: str
    group: str
    worker: int
    outcome: str
    """subunit's word: success, fail, skip, xfail, uxsuccess."""
    seconds: float
    why: str
    """The exception with its message, or the reason of a skip; empty for a pass."""


class GroupEnded(NamedTuple):
    """A class came to its end."""

    group: str
    worker: int
    ending: Ending
    seconds: float
    lost: tuple[str, ...]
    """Asked-for tests that the suite's class does not have."""
    left: float
    """Seconds until the end of the run, as far as one can tell."""


class WorkerDied(NamedTuple):
    """A worker crashed; it is replaced, and its class is recorded as died."""

    group: str
    worker: int
    how: str
    """`signal 11 (SIGSEGV)`, `exit status 3` …"""
    test: str | None
    """The test that was running."""


class TimedOut(NamedTuple):
    """A class took longer than it was given; its worker was killed."""

    group: str
    worker: int
    limit: float
    test: str | None


class Stopping(NamedTuple):
    """A person asked for an end; running tests are finished."""

    running: tuple[str, ...]


class OutageBegan(NamedTuple):
    """The cloud is away: no class begins until it answers again."""

    since: float
    """In seconds since 1970."""
    why: str
    """Who is away, a sentence."""
    patience: float
    """Seconds for which the run waits."""
    again: int
    """Classes that it touched, which are run again."""


class OutageEnded(NamedTuple):
    """The cloud answers again, or the run waits no longer."""

    seconds: float
    """How long it was away."""
    answers: bool
    given_up: int
    """Classes that are not run, because it stayed away."""


class Cleaned(NamedTuple):
    """Users whose projects a class left unclean were looked after."""

    group: str
    problem: str | None
    """Why they are not used any more; None: they are clean."""


class RunEnded(NamedTuple):
    """All workers are gone."""

    run: str
    seconds: float
    is_whole: bool
    """Whether every group came to an end."""


Event = (
    RunBegan | GroupBegan | CaseBegan | CaseEnded | GroupEnded | WorkerDied | TimedOut | Stopping | OutageBegan
    | OutageEnded | Cleaned | RunEnded
)  # fmt: skip

_WORDS: dict[type, str] = {
    RunBegan: "run-began",
    GroupBegan: "group-began",
    CaseBegan: "test-began",
    CaseEnded: "test-ended",
    GroupEnded: "group-ended",
    WorkerDied: "worker-died",
    TimedOut: "timed-out",
    Stopping: "stopping",
    OutageBegan: "outage-began",
    OutageEnded: "outage-ended",
    Cleaned: "cleaned",
    RunEnded: "run-ended",
}


def as_json(event: Event) -> dict[str, object]:
    """`event` as an object for JSON; its key `event` says which it is."""
    fields = {name: value.value if isinstance(value, Enum) else value for name, value in event._asdict().items()}
    return {"event": _WORDS[type(event)], **fields}


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
