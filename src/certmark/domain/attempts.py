"""Which of several attempts of one test counts: the one place that decides it (rule 7).

1. Of attempts in one place, those count in which the test ran; a skip, a set-up error or an entry of its class's
   set-up never replaces an outcome. Attempts that the format marks as superseded do not count, unless the one that
   came in their place did not run to its end: then it replaces none of them.
2. They are a sequence where each began at or after the end of the one before, by their own times, else by those of
   their suites. Of a sequence the policy says which one counts. Nothing else proves an order: then the worst counts.
3. An attempt that began and never ended makes the one beside it at best *not run*, where it would have counted.
4. Attempts in different places are different tests of one name: the worst counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, assert_never

from certmark.domain.identity import fixture_of
from certmark.domain.policies import STRICT, AttemptRule, Effect, Policy
from certmark.domain.results import RAN, Attempt, Outcome
from certmark.domain.verdict_values import Doubt, State


class CountedAttempt(NamedTuple):
    """What several attempts of one test come to."""

    state: State
    attempt: Attempt
    """The one that counts."""
    doubt: Doubt | None = None


def decide(attempts: Sequence[Attempt], policy: Policy = STRICT) -> CountedAttempt:
    """What `attempts` (at least one) come to under `policy`; entries of their class's set-up may be among them."""
    if len(attempts) == 1:
        return CountedAttempt(state_of(attempts[0]), attempts[0])
    if all(one.outcome is Outcome.PASSED and not one.name.endswith(")") for one in attempts):
        return CountedAttempt(
            State.PASSED, attempts[-1]
        )  # most tests that were repeated; there may be very many attempts
    # Rule 4.
    found = [_of_one_place(group, policy) for group in _by_place(attempts)]
    chosen = worst(found, policy)
    return chosen if len({one.state for one in found}) == 1 else chosen._replace(doubt=Doubt.PLACES)


def worst(decisions: Iterable[CountedAttempt], policy: Policy) -> CountedAttempt:
    """The one that does most harm under `policy`; of equals the last."""
    return max(reversed(list(decisions)), key=lambda one: _badness(one.state, policy))


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


def effect_of(state: State, policy: Policy) -> Effect | None:
    """Rule 7 of the verdict: what a state does to a capability that counts the test; None where it passes."""
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


def _fixture_state(outcome: Outcome) -> State:
    match outcome:
        case Outcome.SKIPPED:
            return State.SKIPPED
        case Outcome.PASSED | Outcome.UNFINISHED:
            return State.NOT_RUN  # the set-up is no reason, and the test has no entry
        case _:
            return State.SETUP_ERROR


def _by_place(attempts: Sequence[Attempt]) -> list[list[Attempt]]:
    """The attempts of each place, entries of set-ups in each; what names no place is another only beside several."""
    places = {attempt.place for attempt in attempts if not _is_fixture(attempt)}
    if len(places - {None}) < 2:
        return [list(attempts)]
    groups: dict[str | None, list[Attempt]] = {place: [] for place in places}
    for attempt in attempts:
        if not _is_fixture(attempt):
            groups[attempt.place].append(attempt)
    fixtures = [attempt for attempt in attempts if _is_fixture(attempt)]
    return [[*fixtures, *group] for group in groups.values()]


def _of_one_place(attempts: Sequence[Attempt], policy: Policy) -> CountedAttempt:
    # Rule 1.
    own = [attempt for attempt in attempts if not _is_fixture(attempt)]
    last = [attempt for attempt in own if not attempt.superseded]
    if any(attempt.outcome in RAN for attempt in last):
        own = last
    begun = [attempt for attempt in own if attempt.outcome in RAN or attempt.outcome is Outcome.UNFINISHED]
    if any(attempt.outcome in RAN for attempt in begun):
        return _chosen(begun, policy)
    return _chosen([*own, *(attempt for attempt in attempts if _is_fixture(attempt))], policy)


def _chosen(attempts: Sequence[Attempt], policy: Policy) -> CountedAttempt:
    found = [CountedAttempt(state_of(attempt), attempt) for attempt in in_order(attempts)]
    if len({one.state for one in found}) == 1:
        return found[-1]
    match policy.attempts:
        case AttemptRule.BEST:
            return _best(found, policy)
        case AttemptRule.WORST:
            return worst(found, policy)
        case AttemptRule.LAST | AttemptRule.FIRST:
            # Rule 2.
            if not _is_sequence([one.attempt for one in found]):
                return worst(found, policy)._replace(doubt=Doubt.ORDER)
            return _outermost(found if policy.attempts is AttemptRule.FIRST else found[::-1], policy)
        case _:
            assert_never(policy.attempts)


def _outermost(found: Sequence[CountedAttempt], policy: Policy) -> CountedAttempt:
    """Rule 3: the first of `found`; with those after it up to one that ran to its end, if it did not."""
    for number, one in enumerate(found):
        if one.attempt.outcome is not Outcome.UNFINISHED:
            return worst([one, *found[:number]], policy)
    return found[0]


def _best(found: Sequence[CountedAttempt], policy: Policy) -> CountedAttempt:
    return min(reversed(found), key=lambda one: _badness(one.state, policy))


def in_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts by their times where all of them have one; else as they stand."""
    if any(attempt.began is None for attempt in attempts):
        return list(attempts)
    return sorted(attempts, key=lambda attempt: (attempt.began or 0, attempt.ended or 0))


def _is_sequence(attempts: Sequence[Attempt]) -> bool:
    return all(is_after(later, earlier) for earlier, later in pairwise(attempts))


def is_after(later: Attempt, earlier: Attempt) -> bool:
    """Whether their times prove that `later` began when `earlier` had ended."""
    began, before, ended = later.began, earlier.began, earlier.ended
    return began is not None and before is not None and ended is not None and began >= ended and began > before


def _is_fixture(attempt: Attempt) -> bool:
    return fixture_of(attempt.name) is not None


_EFFECTS = (None, Effect.IGNORED, Effect.INCOMPLETE, Effect.FAIL)
_STATES = (
    State.PASSED,
    State.NOT_REPORTED,
    State.NOT_RUN,
    State.SKIPPED,
    State.SETUP_ERROR,
    State.FAILED,
)


def _badness(state: State, policy: Policy) -> tuple[int, int]:
    return _EFFECTS.index(effect_of(state, policy)), _STATES.index(state)
