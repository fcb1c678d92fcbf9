"""What a run left: attempts at tests, where they were written down, and how to look them up.

An attempt is one execution of one test. Several attempts of a test are all kept, in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

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


class ContradictoryResults(InvalidInput):
    """Two pieces of evidence tell the same attempt differently; the sender must say which holds."""


class Results:
    """All attempts of one or more pieces of evidence, indexed.

    Attempts of one test are ordered by their times where all of them have one, else in the order
    of the evidence. An attempt that two pieces of evidence tell alike (same test, start and
    duration) counts once.
    """

    __slots__ = (
        "_by_name",
        "_clean",
        "_fixtures",
        "_names_of_id",
        "evidence",
        "has_fixtures",
        "passes_only",
        "truncated",
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
        self._index()
        self.has_fixtures = bool(self._fixtures)
        """Whether there is any entry for a class set-up."""
        self._clean = frozenset(
            (name, attempts[0].uuid)
            for name, attempts in self._by_name.items()
            if len(attempts) == 1
            and attempts[0].outcome is Outcome.PASSED
            and not (self._fixtures and self.set_up_of(class_of(name)))
        )

    def _index(self) -> None:
        by_name = self._by_name
        names_of_id = self._names_of_id
        for file in self.evidence:
            for attempt in file.attempts:
                name, uuid = attempt.name, attempt.uuid
                earlier = by_name.get(name)
                by_name[name] = (attempt,) if earlier is None else (*earlier, attempt)
                if uuid is not None:
                    names = names_of_id.get(uuid)
                    if names is None:
                        names_of_id[uuid] = (name,)
                    elif name not in names:
                        names_of_id[uuid] = (*names, name)
        for name, attempts in by_name.items():
            if len(attempts) > 1:
                by_name[name] = _in_order(attempts)
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

    def attempts(self, name: str) -> tuple[Attempt, ...]:
        """The attempts of the test of this bare name, the last one last; empty if there are none."""
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


def _in_order(attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Told twice, counts once; told differently, is refused; then by time where all have one."""
    distinct: dict[object, Attempt] = {}
    for number, attempt in enumerate(attempts):
        timed = attempt.started is not None and attempt.seconds is not None
        key = (attempt.started, attempt.stopped) if timed else number
        other = distinct.setdefault(key, attempt)
        if other.outcome is not attempt.outcome:
            raise ContradictoryResults(
                f"{attempt.name} is told twice with the same times, once as {other.outcome.value} and once as "
                f"{attempt.outcome.value}; leave out the evidence that is wrong"
            )
    kept = tuple(distinct.values())
    if all(attempt.started is not None for attempt in kept):
        return tuple(sorted(kept, key=_began))
    return kept


def _began(attempt: Attempt) -> int:
    return attempt.started or 0
