"""Rule 2: the state of a required test, from its attempts; and the waiver that settles it."""

from __future__ import annotations

from collections.abc import Sequence

from certmark.domain.attempts import decide, effect_of, in_order, worst
from certmark.domain.matching import FoundResult, Match, Matcher
from certmark.domain.policies import Policy
from certmark.domain.programs import AskedTest
from certmark.domain.results import Attempt, Outcome, Results
from certmark.domain.verdict_values import SettledTest, State
from certmark.domain.waivers import Scope, Waiver

NO_REASON = "no reason given"
"""The reason of an attempt that came without one."""


def settle(
    test: AskedTest, results: Results, matcher: Matcher, policy: Policy, waivers: Sequence[Waiver] = ()
) -> SettledTest:
    """Find `test` in `results` and say what it came to under `policy`.

    `matcher` knows `results` and the tests of the same program. `waivers` must be in force; those of
    the scope capability are left to the capability.
    """
    if (test.name, test.uuid) in results.clean:
        return _passed(test, results)  # most tests, at a third of the cost
    settled = _settled(test, matcher.find(test), results, policy)
    waiver = _waiver(test, waivers) if waivers else None
    return settled if waiver is None else settled._replace(waiver=waiver)


def _settled(test: AskedTest, match: Match, results: Results, policy: Policy) -> SettledTest:
    """From the attempts of every name that it was found under, the worst; a failure under its own name weighs."""
    if not match.names and not match.own and not match.fixtures:
        return _absent(test, match, (), results, policy)
    attempts = {name: results.attempts(name) for name in match.names}
    decided = {name: decide([*match.fixtures, *found], policy) for name, found in attempts.items()}
    if match.own:
        under_own = decide(match.own, policy)
        if under_own.state is State.FAILED or under_own.attempt.outcome is Outcome.UNFINISHED:
            decided[test.name] = under_own
        attempts[test.name] = match.own
    every = tuple(in_order([*match.fixtures, *(one for found in attempts.values() for one in found)]))
    if not decided and not match.fixtures:
        return _absent(test, match, every, results, policy)
    chosen = worst(decided.values(), policy) if decided else decide(match.fixtures, policy)
    found, names = match.found, match.names
    if test.name in decided and test.name not in names and decided[test.name] is chosen:
        found, names = FoundResult.NAME, (test.name,)
    return SettledTest(
        test=test,
        state=chosen.state,
        found=found,
        found_as=names,
        reason=reason_of(chosen.attempt),
        attempts=every,
        effect=effect_of(chosen.state, policy),
        waiver=None,
        decisive=chosen.attempt,
        doubt=chosen.doubt,
        problem=match.problem,
    )


def _absent(
    test: AskedTest, match: Match, attempts: tuple[Attempt, ...], results: Results, policy: Policy
) -> SettledTest:
    state, reason = _why_absent(match, results)
    effect = effect_of(state, policy)
    return SettledTest(test, state, match.found, (), reason, attempts, effect, None, problem=match.problem)


def _why_absent(match: Match, results: Results) -> tuple[State, str]:
    if match.problem:
        return State.NOT_RUN, match.problem
    if results.passes_only:
        return State.NOT_REPORTED, "the results name passed tests only"
    if results.truncated:
        return State.NOT_RUN, "no entry in the results, which stop in the middle"
    return State.NOT_RUN, "no entry in the results"


def _passed(test: AskedTest, results: Results) -> SettledTest:
    """Of a test that passed once, under its own name and id, with no entry for its class: there is no doubt."""
    found = FoundResult.ID if test.uuid is not None else FoundResult.NAME
    attempts = results.attempts(test.name)
    return SettledTest(test, State.PASSED, found, (test.name,), "", attempts, None, None, attempts[0])


def _waiver(test: AskedTest, waivers: Sequence[Waiver]) -> Waiver | None:
    return next((waiver for waiver in waivers if waiver.scope is Scope.TEST and excuses(waiver, test)), None)


def excuses(waiver: Waiver, test: AskedTest) -> bool:
    """Whether a waiver of a test means `test`: by its name, its id or an alias."""
    target = waiver.target
    return target in (test.name, *test.aliases) or (
        test.uuid is not None and target.lower().removeprefix("id-") == test.uuid
    )


def reason_of(attempt: Attempt) -> str:
    """Why an attempt did not pass, in one line; empty for a pass."""
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
