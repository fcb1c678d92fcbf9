"""One look at results: outcomes, slowest classes, failures by cause, attempts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from certmark.domain.attempts import decide
from certmark.domain.identity import FixtureStage, class_of, fixture_of
from certmark.domain.results import Attempt, Outcome, Results

# Patterns as text: re compiles and keeps them when the first miss asks; most runs have none.
_NOISE = (
    (r"(?i)\b(?:req-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\btx[0-9a-f]{21}-[0-9a-f]{10}[\w-]*", "<id>"),
    (r"(?i)0x[0-9a-f]+", "<address>"),
    (r"https?://[^\s'\"<>]+", "<url>"),
    (r"(?i)\b[0-9a-f]{16,}\b", "<id>"),
    (r"\b\d+(?:\.\d+){3}\b", "<address>"),
    (r"(?<=[-_])\d{6,}\b", "<n>"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?Z?", "<time>"),
    (r"\b\d+\.\d+\b", "<n>"),
    (r"\b\d{4,}\b", "<n>"),
    (r"\s+", " "),
)


class ClassTime(NamedTuple):
    """How long the tests of a class took."""

    name: str
    seconds: float
    tests: int


class FailureCause(NamedTuple):
    """What several attempts have in common."""

    text: str
    """The reason, with what differs from case to case taken out (`cause_of`)."""
    attempts: tuple[Attempt, ...]


class ResultsSummary(NamedTuple):
    """What results say, before any guideline is asked."""

    outcomes: dict[Outcome, int]
    """Tests by the outcome of the attempt that counts; every outcome is a key. Fixtures are left out."""
    tests: int
    seconds: float | None
    """From the first start to the last end; None without times."""
    busy: float
    """All durations added up, in seconds."""
    workers: tuple[str, ...]
    slowest: tuple[ClassTime, ...]
    """Slowest first."""
    set_ups: tuple[Attempt, ...]
    """Class and module set-ups that did not pass."""
    tear_downs: tuple[Attempt, ...]
    """Class and module clean-ups that did not pass."""
    failures: tuple[FailureCause, ...]
    """Failures and errors of tests by cause, the most frequent first."""
    skips: tuple[FailureCause, ...]
    unstable: tuple[tuple[Attempt, ...], ...]
    """The attempts of each test that was tried more than once."""


def summarise(results: Results) -> ResultsSummary:
    """Look at `results`. Cost grows with their number."""
    named = {name: results.attempts(name) for name in results.names}
    tests = {name: attempts for name, attempts in named.items() if fixture_of(name) is None}
    last = [decide(attempts).attempt for attempts in tests.values()]
    every = [attempt for attempts in tests.values() for attempt in attempts]
    outcomes = dict.fromkeys(Outcome, 0)
    for attempt in last:
        outcomes[attempt.outcome] += 1
    failing = (Outcome.FAILED, Outcome.SETUP_ERROR, Outcome.EXPECTED_FAILURE, Outcome.UNEXPECTED_SUCCESS)
    return ResultsSummary(
        outcomes=outcomes,
        tests=len(tests),
        seconds=_span(every),
        busy=sum(attempt.seconds or 0.0 for attempt in every),
        workers=tuple(sorted({attempt.worker for attempt in every if attempt.worker is not None})),
        slowest=_slowest(every),
        set_ups=_fixtures(results, FixtureStage.SET_UP),
        tear_downs=_fixtures(results, FixtureStage.TEAR_DOWN),
        failures=by_cause(attempt for attempt in last if attempt.outcome in failing),
        skips=by_cause(attempt for attempt in last if attempt.outcome is Outcome.SKIPPED),
        unstable=tuple(attempts for attempts in tests.values() if len(attempts) > 1),
    )


def by_cause(attempts: Iterable[Attempt]) -> tuple[FailureCause, ...]:
    """Group attempts by the cause of their reason, the most frequent cause first."""
    groups: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        groups.setdefault(cause_of(attempt.reason) or "no reason given", []).append(attempt)
    causes = (FailureCause(text, tuple(found)) for text, found in groups.items())
    return tuple(sorted(causes, key=lambda cause: -len(cause.attempts)))


def _span(attempts: list[Attempt]) -> float | None:
    starts = [attempt.started for attempt in attempts if attempt.started is not None]
    stops = [attempt.stopped for attempt in attempts if attempt.stopped is not None]
    return (max(stops) - min(starts)) / 1e9 if starts and stops else None


def _slowest(attempts: list[Attempt]) -> tuple[ClassTime, ...]:
    seconds: dict[str, float] = {}
    tests: dict[str, int] = {}
    for attempt in attempts:
        name = class_of(attempt.name)
        seconds[name] = seconds.get(name, 0.0) + (attempt.seconds or 0.0)
        tests[name] = tests.get(name, 0) + 1
    times = (ClassTime(name, total, tests[name]) for name, total in seconds.items())
    return tuple(sorted(times, key=lambda time: -time.seconds))


def _fixtures(results: Results, stage: FixtureStage) -> tuple[Attempt, ...]:
    return tuple(
        attempt
        for fixture, attempts in results.fixtures()
        if fixture.stage is stage
        for attempt in attempts
        if attempt.outcome is not Outcome.PASSED
    )


def cause_of(reason: str) -> str:
    """What many misses have in common: `reason` without ids, addresses and numbers (`<id>` stands for one); bounded."""
    text = reason[:1000]
    for pattern, word in _NOISE:
        text = re.sub(pattern, word, text)
    return text.strip()[:300]
