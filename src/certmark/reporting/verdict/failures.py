"""The misses of a verdict, grouped by what they have in common.

A miss is a test of a required capability that did not pass and is neither flagged nor waived.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from certmark.domain.guidelines import Level
from certmark.domain.identity import FixtureStage, class_of, fixture_of
from certmark.domain.results import Outcome
from certmark.domain.states_of_tests import NO_REASON
from certmark.domain.summaries import cause_of
from certmark.domain.verdict_values import CountKind, SettledTest, State, Verdict
from certmark.reporting.text import without_markup


class FailureKind(Enum):
    """What stood between a test and its pass."""

    FAILED = "Failures"
    SET_UP = "Class set-ups that failed or were skipped"
    SKIPPED = "Skipped"
    NOT_RUN = "Not run"
    NOT_REPORTED = "Not reported"


class FailureGroup(NamedTuple):
    """Misses with one cause."""

    kind: FailureKind
    text: str
    """What they have in common (`domain.summaries.cause_of`)."""
    scope: str
    """The class whose set-up stopped them; empty for other kinds."""
    weighs: bool
    """False: the policy does not count them."""
    tests: tuple[SettledTest, ...]
    """In the order of the guideline."""

    @property
    def said(self) -> str:
        """What they have in common; of a single test, its reason; without the markup of a server's error page."""
        return without_markup(self.tests[0].reason or self.text if len(self.tests) == 1 else self.text)


def causes(verdict: Verdict) -> tuple[FailureGroup, ...]:
    """The misses by kind, in the order of `FailureKind`, then the most frequent cause first."""
    required = {capability.key for capability in verdict.capabilities if capability.level is Level.REQUIRED}
    found: dict[tuple[FailureKind, str, str, bool], list[SettledTest]] = {}
    for settled in verdict.doubtful.values():
        classes = {verdict.counted_as(key, test) for key, test in settled.test.entries if key in required}
        if classes & _MISSED:
            found.setdefault(_common(settled, weighs=bool(classes & _WEIGHTY)), []).append(settled)
    grouped = (FailureGroup(*common, tuple(tests)) for common, tests in found.items())
    return tuple(sorted(grouped, key=lambda cause: (_ORDER[cause.kind], -len(cause.tests))))


def of_kind(found: Iterable[FailureGroup], kind: FailureKind) -> list[FailureGroup]:
    """Those of one kind."""
    return [cause for cause in found if cause.kind is kind]


_ORDER = {kind: place for place, kind in enumerate(FailureKind)}
_WEIGHTY = frozenset({CountKind.FAILED, CountKind.MISSING})
_MISSED = _WEIGHTY | {CountKind.IGNORED}
OTHER_ALIAS = "passed under a name that is an alias in another capability only"
"""Why a test that passed is a miss: RefStack read the aliases of each entry alone (rule 10)."""


def _common(settled: SettledTest, *, weighs: bool) -> tuple[FailureKind, str, str, bool]:
    scope = _set_up_of(settled)
    kind = FailureKind.SET_UP if scope else _KINDS[settled.state]
    return kind, cause_of(settled.reason) or OTHER_ALIAS, scope, weighs


_KINDS = {
    State.PASSED: FailureKind.NOT_REPORTED,  # OTHER_ALIAS
    State.FAILED: FailureKind.FAILED,
    State.SKIPPED: FailureKind.SKIPPED,
    State.SETUP_ERROR: FailureKind.SET_UP,
    State.NOT_RUN: FailureKind.NOT_RUN,
    State.NOT_REPORTED: FailureKind.NOT_REPORTED,
}


def _set_up_of(settled: SettledTest) -> str:
    """The class whose set-up settled the test, or its own class where its own fixture did."""
    if settled.state not in {State.SKIPPED, State.SETUP_ERROR}:
        return ""
    for attempt in reversed(settled.attempts):
        fixture = fixture_of(attempt.name)
        told = attempt.outcome is not Outcome.PASSED and settled.reason == (attempt.reason or NO_REASON)
        if told and fixture is not None and fixture.stage is FixtureStage.SET_UP:
            return fixture.scope
    return class_of(settled.test.name) if settled.state is State.SETUP_ERROR else ""
