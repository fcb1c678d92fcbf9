"""What stops a run before its first test, and what an examination before a run came to.

1. A fatal finding stops a run; warnings and notes do not.
2. A fatal finding that holds whatever the tests need (nobody can sign in, nothing can be written) stops it before
   its suite is made ready; every other one waits until the suite says what its tests need.
3. A finding that a person goes on despite is no longer fatal (`health`, rule 4), so it stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from certmark.domain.health import CloudFinding, Health, HealthLevel

WHATEVER_THE_TESTS: Final = frozenset({
    "account-refused", "catalogue-interface", "catalogue-region", "catalogue-service",
    "machine-disk", "machine-folder", "machine-python", "service-down",
    "sign-in-passwordless", "sign-in-refused", "sign-in-undescribed", "sign-in-unreachable", "sign-in-unscoped",
    "sign-in-untrusted", "storage-account", "storage-container", "storage-forbidden", "storage-object",
    "tls-expires", "tls-untrusted",
})  # fmt: skip
"""Ids of findings that, where they are fatal, are so for any tests of the services that are asked for."""


def findings_that_stop(health: Health, *, is_suite_known: bool) -> tuple[CloudFinding, ...]:
    """The findings that stop a run now; empty: it may go on. `is_suite_known`: its suite said what its tests need."""
    # Rules 1 and 3.
    fatal = health.of(HealthLevel.FATAL)
    # Rule 2.
    return fatal if is_suite_known else tuple(one for one in fatal if one.id in WHATEVER_THE_TESTS)


class Diagnosis(NamedTuple):
    """What an examination came to, and for which tests it was made."""

    health: Health
    cloud: str
    """As the person named it."""
    guideline: str
    """Its id."""
    programs: tuple[str, ...]
    tests: int | None = None
    """How many are asked for; None here and below: it did not come so far as to know."""
    workers: int | None = None
    """Classes at a time."""
    suite: str | None = None
    """Version of the suite."""
    is_surveyed: bool | None = None
    """Whether the tests' own code was read; else their names told what they need."""


class Preflight(NamedTuple):
    """What the examination before a run came to, for the run's record."""

    health: Health
    """Everything that was found; what a person goes on despite is marked there."""
    clock_ahead: float | None
    """Seconds by which this machine's clock is ahead of Keystone's; None where they could not be compared."""


class ExaminationSubject(NamedTuple):
    """Something is about to be looked at."""

    what: str
    """In words: `looking at the catalogue`."""


class ExaminationProgress(NamedTuple):
    """One more of many things was looked at; the last one ends the examination."""

    done: int
    of: int


ExaminationEvent = ExaminationSubject | ExaminationProgress
ExaminationListener = Callable[[ExaminationEvent], None]
"""Whoever watches an examination; it never changes what is found."""


def unwatched(_: ExaminationEvent) -> None:
    """The listener of those who do not watch."""
