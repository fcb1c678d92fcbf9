"""Whether results belong to another release of the suite than a list of tests: a doubt, never a rule.

1. Where none of the tests that are required since the list's own release is there, the results are of an earlier one.
2. Where many listed tests are absent and as many that are not listed ran, they are of another one.
"""

from __future__ import annotations

from collections.abc import Iterable

from certmark.domain.guidelines import ProgramKind
from certmark.domain.matching import FoundResult
from certmark.domain.results import Outcome, Results
from certmark.domain.verdict_values import SettledTest, Verdict

_MANY = 5
_RAN = frozenset({Outcome.PASSED, Outcome.FAILED})


def other_release(verdict: Verdict) -> str:
    """Why the results seem to be of another release than the list; empty where nothing says so."""
    if verdict.program.kind is not ProgramKind.LIST or not verdict.guideline.releases or not verdict.totals.missing:
        return ""
    release = verdict.guideline.releases[0]
    absent = [settled for settled in verdict.all_settled() if settled.found is FoundResult.NOWHERE]
    newest = [settled for settled in verdict.all_settled() if _is_since(settled, release)]
    if len(newest) > 1 and all(settled.found is FoundResult.NOWHERE for settled in newest):
        return (
            f"the results seem to be of a release before {release}: "
            f"none of the {len(newest)} tests that are required since then is there"
        )
    strangers = _not_listed(verdict.results, verdict.demand.tests)
    if len(absent) >= _MANY and strangers >= len(absent):
        return (
            f"the results seem to be of another release than {release}: "
            f"{len(absent)} listed tests are absent, and {strangers} that are not listed ran"
        )
    return ""


def _is_since(settled: SettledTest, release: str) -> bool:
    """Whether a test is required since `release` and no earlier one."""
    return all(entry.required_since == release for _, entry in settled.test.entries)


def _not_listed(results: Results, listed: Iterable[str]) -> int:
    known = frozenset(listed)
    others = (name for name in results.names if name not in known and not _is_of_the_suite(name))
    return sum(any(attempt.outcome in _RAN for attempt in results.attempts(name)) for name in others)


def _is_of_the_suite(name: str) -> bool:
    """Whether it is a node such as `[SynchronizedBeforeSuite]`, which is no test."""
    return name.startswith("[") and name.find("]") == len(name) - 1
