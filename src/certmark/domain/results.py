"""What a run left: attempts at tests, where they were written down, and how to look them up.

An attempt is one execution of one test. Several attempts of a test are all kept, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple, NoReturn

from certmark.domain.errors import InvalidInput
from certmark.domain.identity import Fixture, FixtureStage, class_of, fixture_of


class Outcome(Enum):
    """What one attempt at a test came to, as the suite reported it."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    SETUP_ERROR = "setup-error"
    """The test's own fixture stopped it (pytest and JUnit can say so)."""
    EXPECTED_FAILURE = "expected-failure"
    UNEXPECTED_SUCCESS = "unexpected-success"
    UNFINISHED = "unfinished"
    """It began and nothing was heard of it again: the run was killed or the stream cut off."""


RAN = frozenset({Outcome.PASSED, Outcome.FAILED, Outcome.EXPECTED_FAILURE, Outcome.UNEXPECTED_SUCCESS})
"""Outcomes of a test that ran to its end."""


class Request(NamedTuple):
    """One call of an API that an attempt made, as its log tells."""

    method: str
    url: str
    """Without its query, which may carry signatures."""
    status: int | None
    request_id: str | None
    """`req-…` (OpenStack services) or `tx…` (Swift)."""


class Detail(NamedTuple):
    """Why an attempt did not pass."""

    reason: str
    """One line: the reason of a skip, or the error of a failure."""
    text: str
    """The end of the traceback, bounded; empty where there is none."""
    requests: tuple[Request, ...]
    """The calls that were answered with an error, else the last one; bounded."""


class Attempt(NamedTuple):
    """One execution of one test, or of a class fixture."""

    name: str
    """The bare name (`domain.identity`)."""
    uuid: str | None
    outcome: Outcome
    started: int | None = None
    """Nanoseconds since 1970-01-01 UTC."""
    seconds: float | None = None
    """How long it took."""
    worker: str | None = None
    attributes: tuple[str, ...] = ()
    """The words in the brackets of the suite's test id but for the uuid, such as `smoke`."""
    tags: tuple[str, ...] = ()
    """The tags of the stream but for the worker's."""
    detail: Detail | None = None
    place: str | None = None
    """What tells two tests of one name apart that are not attempts of one test: a JUnit suite, a node of a cluster."""
    window: tuple[int, int] | None = None
    """When its suite began and ended, in nanoseconds since 1970 UTC: it ran in between. For attempts without a time of
    their own; both are equal where nothing says how long the suite took."""
    superseded: bool = False
    """The format itself marks that a later attempt of the same test came in its place (a retry)."""

    @property
    def stopped(self) -> int | None:
        """When it ended, in nanoseconds since 1970; None where either time is missing."""
        if self.started is None or self.seconds is None:
            return None
        return self.started + round(self.seconds * 1e9)

    @property
    def began(self) -> int | None:
        """When it began at the earliest, by its own time, else by its suite's; None where neither is known."""
        return self.started if self.started is not None or self.window is None else self.window[0]

    @property
    def ended(self) -> int | None:
        """When it had ended at the latest, as far as is known: never before `began`."""
        if self.started is None:
            return None if self.window is None else max(self.window)
        return max(self.started, self.stopped or self.started)

    @property
    def reason(self) -> str:
        """Why it did not pass, in one line; empty where nothing was said."""
        return self.detail.reason if self.detail is not None else ""


class TroubleKind(Enum):
    """What speaks against the whole of a piece of evidence, beside the outcomes in it."""

    CONTRADICTION = "contradiction"
    """It says of itself what its entries do not show, such as more failures than there are."""
    ERROR = "error"
    """Something went wrong outside of any test: an error file, an error of a suite, a worker that died."""
    TEAR_DOWN = "tear-down"
    """A test or a suite failed in its clean-up, after the outcome."""


class Trouble(NamedTuple):
    """Something in a piece of evidence that says that something went wrong, and is no test's outcome (rule 9)."""

    kind: TroubleKind
    sentence: str
    """What went wrong and where, without the evidence's name and without a full stop; bounded, not escaped."""
    scope: str = ""
    """The test, class, module or package that it took or followed (a dotted name); empty: anything may be touched."""


class Evidence(NamedTuple):
    """One file of results, as it was read."""

    name: str
    """The name given by the person, never a full path of the machine."""
    format: str
    """`subunit-v2`, `subunit-v1`, `junit`, `sonobuoy`, `refstack-upload` or `certmark-report`."""
    size: int
    """Bytes, as they came."""
    sha256: str | None
    """Of the bytes as they came, in lower-case hex; None where nobody asked for it."""
    attempts: tuple[Attempt, ...]
    passes_only: bool = False
    """It names passed tests and says nothing of the others (RefStack's upload)."""
    truncated: bool = False
    """It stops in the middle."""
    remarks: tuple[str, ...] = ()
    """What the reader found odd: one sentence each."""
    troubles: tuple[Trouble, ...] = ()
    """What speaks against the whole of it; `truncated` stands beside."""
    plugin: str | None = None
    """Which plugin of a cluster's report said it (Sonobuoy); None: there are no plugins."""
    circumstances: tuple[str, ...] = ()
    """What its run's journal says that a reader of the verdict should know: one sentence each."""


class ContradictoryResults(InvalidInput):
    """Two pieces of evidence tell the same attempt differently; the sender must say which holds."""


class RecordedTimes(NamedTuple):
    """When attempts ran, and whether any of them took time."""

    first: int | None
    """The earliest start, in nanoseconds since 1970 UTC; None where no attempt has a time, nor its suite."""
    last: int | None
    """The latest start."""
    measured: int
    """How many attempts that ran have a duration."""
    is_instant: bool
    """Every recorded duration is 0."""


class Results:
    """All attempts of one or more pieces of evidence, indexed.

    Attempts of one test are in the order of their times where all of them have one (their own, else
    their suite's), else in the order of the evidence, which proves nothing (`domain.attempts`). An
    attempt that two pieces of evidence tell alike (same test, start and duration) counts once.
    """

    __slots__ = (
        "_by_name",
        "_clean",
        "_fixtures",
        "_names_of_id",
        "_times",
        "evidence",
        "has_fixtures",
        "passes_only",
        "truncated",
        "unclean",
    )

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        """Raises ContradictoryResults."""
        self.evidence = tuple(evidence)
        self.passes_only = any(file.passes_only for file in self.evidence)
        """Whether some evidence names passed tests only."""
        self.truncated = any(file.truncated for file in self.evidence)
        """Whether some evidence stops in the middle."""
        self._by_name: dict[str, tuple[Attempt, ...]] = {}
        self._names_of_id: dict[str, tuple[str, ...]] = {}
        self._fixtures: dict[str, tuple[Attempt, ...]] = {}
        self._times: RecordedTimes | None = None
        self._index()
        self.has_fixtures = bool(self._fixtures)
        """Whether there is any entry for a class set-up."""
        clean, unclean = [], []
        for name, attempts in self._by_name.items():
            if len(attempts) > 1 or attempts[0].outcome is not Outcome.PASSED:
                unclean.append(name)
            elif not (self._fixtures and self.set_up_of(class_of(name))):
                clean.append((name, attempts[0].uuid))
        self._clean = frozenset(clean)
        self.unclean = tuple(unclean)
        """Every name, fixtures included, that has anything but one attempt that passed."""

    def _index_ids(self) -> None:
        names_of_id = self._names_of_id
        shared: dict[str, dict[str, None]] = {}
        for file in self.evidence:
            for attempt in file.attempts:
                uuid = attempt.uuid
                if uuid is not None:
                    names = names_of_id.get(uuid)
                    if names is None:
                        names_of_id[uuid] = (attempt.name,)
                    elif names[0] != attempt.name:
                        shared.setdefault(uuid, {names[0]: None})[attempt.name] = None
        for uuid, found in shared.items():
            names_of_id[uuid] = tuple(found)

    def _index(self) -> None:
        by_name = self._by_name
        repeated: dict[str, list[Attempt]] = {}
        for file in self.evidence:
            for attempt in file.attempts:
                name = attempt.name
                earlier = by_name.get(name)
                if earlier is None:
                    by_name[name] = (attempt,)
                else:
                    repeated.setdefault(name, [*earlier]).append(attempt)
        self._index_ids()
        if repeated and len(self.evidence) > 1:
            for name, told in _with_sources(self.evidence, repeated).items():
                by_name[name] = _in_order(told)
        else:
            for name, attempts in repeated.items():
                by_name[name] = _in_order([(0, attempt) for attempt in attempts])
        for name in [name for name in by_name if name.endswith(")")]:
            fixture = fixture_of(name)
            if fixture is not None and fixture.stage is FixtureStage.SET_UP:
                self._fixtures[fixture.scope] = by_name[name]

    @property
    def clean(self) -> frozenset[tuple[str, str | None]]:
        """(name, uuid) of every test with one attempt, which passed, and no entry for its class's set-up."""
        return self._clean

    @property
    def names(self) -> Iterable[str]:
        """Every name, fixtures included, in the order of the evidence."""
        return self._by_name.keys()

    @property
    def times(self) -> RecordedTimes:
        """When the attempts ran; looked up once."""
        if self._times is None:
            self._times = _times(attempt for file in self.evidence for attempt in file.attempts)
        return self._times

    def attempts(self, name: str) -> tuple[Attempt, ...]:
        """The attempts of the test of this bare name; empty if there are none. Which counts: `domain.attempts`."""
        return self._by_name.get(name, ())

    def names_of(self, uuid: str) -> tuple[str, ...]:
        """The names under which an id was reported, in the order of the evidence."""
        return self._names_of_id.get(uuid, ())

    def set_up_of(self, scope: str) -> tuple[Attempt, ...]:
        """Entries for the set-up of class `scope`, or of its module; no entry is no trouble."""
        return self._fixtures.get(scope) or self._fixtures.get(scope.rpartition(".")[0], ())

    def fixtures(self) -> Iterable[tuple[Fixture, tuple[Attempt, ...]]]:
        """Every entry for a class or module fixture, clean-up included."""
        for name, attempts in self._by_name.items():
            fixture = fixture_of(name)
            if fixture is not None:
                yield fixture, attempts


def _with_sources(evidence: Sequence[Evidence], names: Iterable[str]) -> dict[str, list[tuple[int, Attempt]]]:
    """The attempts of these names, each with the number of the piece from which it came."""
    told: dict[str, list[tuple[int, Attempt]]] = {name: [] for name in names}
    for number, file in enumerate(evidence):
        for attempt in file.attempts:
            if attempt.name in told:
                told[attempt.name].append((number, attempt))
    return told


def _in_order(told: Sequence[tuple[int, Attempt]]) -> tuple[Attempt, ...]:
    """Told twice, counts once; told differently by two pieces, is refused; then by time where all have one."""
    distinct: dict[object, tuple[int, Attempt]] = {}
    for place, (source, attempt) in enumerate(told):
        key: object = place
        if attempt.started is not None and attempt.seconds is not None:
            key = (attempt.started, attempt.seconds, attempt.place)
        elif attempt.began is not None:
            key = attempt  # a copy of it in all respects
        first, other = distinct.setdefault(key, (source, attempt))
        if other.outcome is not attempt.outcome:
            # Without a duration, equal times are two tests of one name in the same second.
            if first != source and attempt.seconds:
                _refuse_two_tellings(other, attempt)
            distinct[place] = (source, attempt)
    kept = [attempt for _, attempt in distinct.values()]
    return tuple(kept if any(attempt.began is None for attempt in kept) else sorted(kept, key=_began))


def _refuse_two_tellings(one: Attempt, other: Attempt) -> NoReturn:
    raise ContradictoryResults(
        f"{one.name} is told twice with the same times, once as {one.outcome.value} and once as "
        f"{other.outcome.value}; leave out the evidence that is wrong"
    )


def _began(attempt: Attempt) -> int:
    return attempt.began or 0


def _times(attempts: Iterable[Attempt]) -> RecordedTimes:
    first = last = None
    measured, is_instant = 0, True
    for attempt in attempts:
        began = attempt.began
        if began is not None:
            first = began if first is None or began < first else first
            last = began if last is None or began > last else last
        if attempt.seconds is not None and attempt.outcome in RAN:
            measured += 1
            is_instant = is_instant and not attempt.seconds
    return RecordedTimes(first, last, measured, is_instant and measured > 0)
