"""When the tests of a verdict's evidence ran, and how long each took."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from certmark.domain.identity import class_of, fixture_of
from certmark.domain.results import Results

_MOST = 10
"""Classes and tests that are shown as the slowest."""


class Durations(NamedTuple):
    """Of all attempts in the evidence, as it records them."""

    began: int | None
    """The earliest start, in nanoseconds since 1970 UTC; None where no attempt has a time."""
    ended: int | None
    """The latest end."""
    seconds: float
    """All recorded durations together; more than from begin to end where several workers ran."""
    classes: tuple[tuple[str, float], ...]
    """The slowest, with their fixtures, slowest first."""
    tests: tuple[tuple[str, float], ...]
    """The slowest, all attempts together, slowest first."""

    @property
    def span(self) -> float | None:
        """Seconds from the first start to the last end."""
        return None if self.began is None or self.ended is None else (self.ended - self.began) / 1e9


def durations(results: Results) -> Durations:
    """How long everything in `results` took."""
    began, ended = [], []
    tests: dict[str, float] = {}
    classes: dict[str, float] = {}
    for name in results.names:
        fixture = fixture_of(name)
        scope = class_of(name) if fixture is None else fixture.scope
        for attempt in results.attempts(name):
            if attempt.began is not None:
                began.append(attempt.began)
                ended.append(attempt.ended or attempt.began)
            took = attempt.seconds or 0
            classes[scope] = classes.get(scope, 0) + took
            if fixture is None:
                tests[name] = tests.get(name, 0) + took
    return Durations(
        min(began, default=None), max(ended, default=None), sum(classes.values()), _slowest(classes), _slowest(tests)
    )


def _slowest(found: dict[str, float]) -> tuple[tuple[str, float], ...]:
    measured = [(name, took) for name, took in found.items() if took > 0]
    return tuple(sorted(measured, key=lambda entry: -entry[1])[:_MOST])


def moment(nanoseconds: int) -> str:
    """`2026-11-28 08:01:07 UTC`; empty where no calendar has it."""
    try:
        return f"{dt.datetime.fromtimestamp(nanoseconds // 10**9, dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return ""
