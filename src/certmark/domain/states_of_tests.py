"""Rule 2: the state of a required test, from its attempts; and the waiver that settles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from certmark.domain.identity import fixture_of
from certmark.domain.matching import FoundResult, Match, match
from certmark.domain.policies import AttemptRule, Effect, Policy
from certmark.domain.programs import AskedTest
from certmark.domain.results import Attempt, Outcome, Results
from certmark.domain.verdict_values import SettledTest, State
from certmark.domain.waivers import Scope, Waiver

NO_REASON = "no reason given"
"""The reason of an attempt that came without one."""

_BEST_FIRST = (
    State.PASSED,
    State.NOT_REPORTED,
    State.NOT_RUN,
    State.SKIPPED,
    State.SETUP_ERROR,
    State.FAILED,
)


def settle(
    test: AskedTest,
    results: Results,
    asked: Mapping[str, AskedTest],
    policy: Policy,
    waivers: Sequence[Waiver] = (),
) -> SettledTest:
    """Find `test` in `results` and say what it came to under `policy`.

    `asked` are the tests of the same program, by name. `waivers` must be in force; those of the
    scope capability are left to the capability.
    """
    if (test.name, test.uuid) in results.clean:
        return _passed(test, results)  # most tests, at a third of the cost
    found = match(test, results, asked)
    state, reason = _state(found, results, policy.attempts)
    effect = effect_of(state, policy)
    waiver = _waiver(test, waivers) if waivers else None
    return SettledTest(test, state, found.found, found.names, reason, found.attempts, effect, waiver)


def _passed(test: AskedTest, results: Results) -> SettledTest:
    """Of a test that passed once, under its own name and id, with no entry for its class: there is no doubt."""
    found = FoundResult.ID if test.uuid is not None else FoundResult.NAME
    return SettledTest(test, State.PASSED, found, (test.name,), "", results.attempts(test.name), None, None)


def _waiver(test: AskedTest, waivers: Sequence[Waiver]) -> Waiver | None:
    return next((waiver for waiver in waivers if waiver.scope is Scope.TEST and excuses(waiver, test)), None)


def excuses(waiver: Waiver, test: AskedTest) -> bool:
    """Whether a waiver of a test means `test`: by its name, its id or an alias."""
    target = waiver.target
    return target in (test.name, *test.aliases) or (
        test.uuid is not None and target.lower().removeprefix("id-") == test.uuid
    )


def effect_of(state: State, policy: Policy) -> Effect | None:
    """Rule 7: what a state does to a capability that counts the test; None where it passes."""
    match state:
        case State.PASSED:
            return None
        case State.FAILED:
            return Effect.FAIL
        case State.SKIPPED:
            return policy.skipped
        case State.SETUP_ERROR:
            return policy.setup_error
        case State.NOT_RUN:
            return policy.not_run
        case State.NOT_REPORTED:
            return policy.not_reported
        case _:
            assert_never(state)


def state_of(attempt: Attempt) -> State:
    """What one attempt says of a test; an entry for a class set-up speaks for every test of the class."""
    if fixture_of(attempt.name) is not None:
        return _fixture_state(attempt.outcome)
    match attempt.outcome:
        case Outcome.PASSED:
            return State.PASSED
        case Outcome.FAILED | Outcome.EXPECTED_FAILURE | Outcome.UNEXPECTED_SUCCESS:
            return State.FAILED
        case Outcome.SKIPPED:
            return State.SKIPPED
        case Outcome.SETUP_ERROR:
            return State.SETUP_ERROR
        case Outcome.UNFINISHED:
            return State.NOT_RUN
        case _:
            assert_never(attempt.outcome)


def _fixture_state(outcome: Outcome) -> State:
    match outcome:
        case Outcome.SKIPPED:
            return State.SKIPPED
        case Outcome.PASSED | Outcome.UNFINISHED:
            return State.NOT_RUN  # the set-up is no reason, and the test has no entry
        case _:
            return State.SETUP_ERROR


def _state(found: Match, results: Results, rule: AttemptRule) -> tuple[State, str]:
    if not found.attempts:
        return _absent(results)
    if len(found.names) > 1:
        return max((_decided(_of(name, found), rule) for name in found.names), key=_badness)
    return _decided(found.attempts, rule)


def _of(name: str, found: Match) -> tuple[Attempt, ...]:
    return tuple(attempt for attempt in found.attempts if attempt.name == name or fixture_of(attempt.name) is not None)


def _absent(results: Results) -> tuple[State, str]:
    if results.passes_only:
        return State.NOT_REPORTED, "the results name passed tests only"
    if results.truncated:
        return State.NOT_RUN, "no entry in the results, which stop in the middle"
    return State.NOT_RUN, "no entry in the results"


def _decided(attempts: Sequence[Attempt], rule: AttemptRule) -> tuple[State, str]:
    """Of several attempts, the one that the policy counts."""
    states = [(state_of(attempt), _reason(attempt)) for attempt in attempts]
    match rule:
        case AttemptRule.LAST:
            return states[-1]
        case AttemptRule.FIRST:
            return states[0]
        case AttemptRule.BEST:
            return min(states, key=_badness)
        case AttemptRule.WORST:
            return max(states, key=_badness)
        case _:
            assert_never(rule)


def _badness(decided: tuple[State, str]) -> int:
    return _BEST_FIRST.index(decided[0])


def _reason(attempt: Attempt) -> str:
    match attempt.outcome:
        case Outcome.PASSED:
            return ""
        case Outcome.UNFINISHED:
            return "it began and nothing was heard of it again"
        case Outcome.EXPECTED_FAILURE:
            return f"failed as its author expected: {attempt.reason}".rstrip(": ")
        case Outcome.UNEXPECTED_SUCCESS:
            return "succeeded against its author's expectation"
        case _:
            return attempt.reason or NO_REASON
