"""No arrangement of evidence gives a better verdict than the whole of it deserves.

Runs are generated with times, places, retries, skips, set-ups of classes and troubles; then permuted, split into
files, repeated and merged. An oracle in this file states the rules again, slowly and in other words.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.identity import fixture_of
from certmark.domain.policies import CONFORMANCE, NONE_FAILED, STRICT, Policy
from certmark.domain.results import Attempt, ContradictoryResults, Evidence, Outcome, Results, Trouble, TroubleKind
from certmark.domain.verdict_values import Standing
from support.build import U1, U2, U3, capability, guideline, required, verdict

A, B, C = "m.One.test_a", "m.One.test_b", "m.Two.test_c"
ASKED = {A: U1, B: U2, C: None}
DOCUMENT = guideline(capability("boot", required(A, U1), required(B, U2)), capability("stop", required(C)))
ORDER = (Standing.PASS, Standing.INCOMPLETE, Standing.FAIL)
RAN = {Outcome.PASSED, Outcome.FAILED, Outcome.EXPECTED_FAILURE, Outcome.UNEXPECTED_SUCCESS}
FAILURES = RAN - {Outcome.PASSED}


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    """An attempt of a required test, of another one, of a renamed one, or of a class's set-up."""
    name = draw(st.sampled_from([A, A, B, C, "m.One.other", "x", "setUpClass (m.One)"]))
    uuid = draw(st.sampled_from([None, ASKED.get(name), ASKED.get(name), U1, U2, U3]))
    timing = draw(st.sampled_from(["own", "suite", "none"]))
    began = draw(st.integers(0, 12))
    length = draw(st.integers(0, 3))
    return Attempt(
        name=name,
        uuid=None if fixture_of(name) else uuid,
        outcome=draw(st.sampled_from([Outcome.PASSED, Outcome.PASSED, *Outcome])),
        started=began if timing == "own" else None,
        seconds=length * 1e-9 if timing == "own" and draw(st.booleans()) else None,
        window=(began, began + length) if timing == "suite" else None,
        place=draw(st.sampled_from([None, None, "n1", "n2"])),
        superseded=draw(st.integers(0, 9)) == 0,
    )


PASSES = [Attempt(name, uuid, Outcome.PASSED, started=4, seconds=1e-9) for name, uuid in ASKED.items()]
runs = st.builds(
    lambda base, more: [*base, *more],
    st.sampled_from([PASSES, PASSES, PASSES[:2], []]),
    st.lists(attempts(), max_size=6),
)
troubles = st.lists(
    st.builds(Trouble, st.sampled_from(TroubleKind), st.just("it broke"), st.sampled_from(["", "m.One", "m.Two", "q"])),
    max_size=1,
)
policies = st.sampled_from([STRICT, NONE_FAILED, CONFORMANCE])


def file(told: Sequence[Attempt], name: str = "f", *, cut: bool = False, troubles: Sequence[Trouble] = ()) -> Evidence:
    return Evidence(name, "junit", 1, None, tuple(told), truncated=cut, troubles=tuple(troubles))


def judged(files: Sequence[Evidence], policy: Policy = STRICT) -> Standing:
    """What comes out; evidence that is refused deserves nothing."""
    try:
        return verdict(DOCUMENT, Results(files), policy=policy).standing
    except ContradictoryResults:
        return Standing.FAIL


def rank(standing: Standing) -> int:
    return ORDER.index(standing) if standing in ORDER else 1


def deserved(told: Sequence[Attempt]) -> Standing:
    """The oracle: what the strict policy makes of the attempts under one name, in no hurry."""
    places = {one.place for one in told} - {None}
    groups = [[one for one in told if one.place == place] for place in {one.place for one in told}]
    return max((_of_place(group) for group in (groups if len(places) > 1 else [list(told)])), key=rank)


def _of_place(told: Sequence[Attempt]) -> Standing:
    kept = [one for one in told if not one.superseded]
    told = kept if any(one.outcome in RAN for one in kept) else told
    begun = [one for one in told if one.outcome in RAN or one.outcome is Outcome.UNFINISHED]
    if not any(one.outcome in RAN for one in begun):
        return Standing.INCOMPLETE
    proven = all(one is other or _after(one, other) or _after(other, one) for one in begun for other in begun)
    if proven:
        last = next(one for one in begun if all(one is other or _after(one, other) for other in begun))
        if last.outcome is not Outcome.UNFINISHED:
            begun = [last]
        else:
            ended = [one for one in begun if one.outcome in RAN]
            begun = [last, next(one for one in ended if all(one is other or _after(one, other) for other in ended))]
    outcomes = {one.outcome for one in begun}
    if outcomes & FAILURES:
        return Standing.FAIL
    return Standing.INCOMPLETE if Outcome.UNFINISHED in outcomes else Standing.PASS


def _span(one: Attempt) -> tuple[int, int] | None:
    if one.started is not None:
        return one.started, one.started + round((one.seconds or 0) * 1e9)
    return one.window


def _after(later: Attempt, earlier: Attempt) -> bool:
    one, other = _span(later), _span(earlier)
    return one is not None and other is not None and one[0] >= other[1] and one[0] > other[0]


@given(runs)
def test_the_verdict_is_never_better_than_the_attempts_under_the_required_names_deserve(run: list[Attempt]) -> None:
    for name in ASKED:
        own = list(dict.fromkeys(one for one in run if one.name == name))
        if own and deserved(own) is Standing.FAIL:
            assert judged([file(run)]) is Standing.FAIL


@given(runs)
def test_a_pass_means_that_each_required_test_has_a_result_of_its_own_that_deserves_it(run: list[Attempt]) -> None:
    if judged([file(run)]) is Standing.PASS:
        by_name = {one.name: [other for other in run if other.name == one.name] for one in run}
        passed = {name for name, told in by_name.items() if deserved(told) is Standing.PASS and not fixture_of(name)}
        assert len(passed) >= len(ASKED)


@given(runs, troubles, st.booleans(), policies, st.randoms())
def test_no_permutation_of_attempts_or_files_changes_the_verdict(
    run: list[Attempt], beside: list[Trouble], cut: bool, policy: Policy, shuffle: random.Random
) -> None:
    files = [file(run[:4], "x", cut=cut, troubles=beside), file(run[4:], "y")]
    turned = [
        one._replace(attempts=tuple(shuffle.sample(one.attempts, len(one.attempts))))
        for one in shuffle.sample(files, len(files))
    ]
    assert judged(files, policy) == judged(turned, policy)


@given(runs, policies)
def test_splitting_a_run_into_files_never_improves_the_verdict(run: list[Attempt], policy: Policy) -> None:
    whole = judged([file(run)], policy)
    assert rank(judged([file([one], f"f{number}") for number, one in enumerate(run)], policy)) >= rank(whole)


@given(runs, policies)
def test_a_file_that_is_given_twice_changes_nothing(run: list[Attempt], policy: Policy) -> None:
    assert judged([file(run)], policy) == judged([file(run), file(run, "again")], policy)


@given(runs, st.sampled_from(sorted(ASKED)), policies)
def test_one_more_failure_without_an_order_never_improves_the_verdict(
    run: list[Attempt], name: str, policy: Policy
) -> None:
    failure = Attempt(name, ASKED[name], Outcome.FAILED)
    before, after = judged([file(run)], policy), judged([file(run), file([failure], "more")], policy)
    assert rank(after) >= rank(before)


@given(runs, st.integers(0, 7), policies)
def test_without_one_of_its_only_passes_the_verdict_is_no_better(
    run: list[Attempt], which: int, policy: Policy
) -> None:
    single = [one for one in run if sum(other.name == one.name for other in run) == 1]
    passed = [one for one in single if one.outcome is Outcome.PASSED]
    if passed:
        gone = passed[which % len(passed)]
        rest = [one for one in run if one is not gone]
        assert rank(judged([file(rest)], policy)) >= rank(judged([file(run)], policy))


@given(runs, troubles, policies)
def test_damage_to_the_evidence_never_improves_the_verdict(
    run: list[Attempt], beside: list[Trouble], policy: Policy
) -> None:
    whole = rank(judged([file(run)], policy))
    assert rank(judged([file(run, cut=True)], policy)) >= max(whole, 1)
    assert rank(judged([file(run, troubles=beside)], policy)) >= whole
