"""What bit masks say of a run is what the full judge says; where they cannot tell, they say nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.attempts import state_of
from certmark.domain.guidelines import Guideline, Level, Program, ProgramKind
from certmark.domain.masks import CountedVerdict, Numbering, ProgramMask, counted_verdict
from certmark.domain.policies import CONFORMANCE, NONE_FAILED, REFSTACK_2020, STRICT, Effect, Policy
from certmark.domain.programs import asked_at, demand_of
from certmark.domain.results import Attempt, Outcome, Results
from certmark.domain.sentences import sentence, sentence_of_passes
from certmark.domain.verdict_values import CircumstanceKind, Standing, State, Verdict
from certmark.domain.verdicts import judge
from certmark.formats.guideline import load, shipped
from support.build import FLAG, TODAY, U1, U2, U3, attempt, capability, evidence, guideline, required

FAILS = STRICT._replace(name="fails", not_reported=Effect.FAIL, not_run=Effect.IGNORED)
POLICIES = (STRICT, NONE_FAILED, CONFORMANCE, FAILS, REFSTACK_2020)
A, B, C, D = "m.One.test_a", "m.One.test_b", "m.Two.test_a", "m.Two.test_d"
SMALL = guideline(
    capability("boot", required(A, U1, "m.Old.test_a"), required(B, U2, flag=FLAG)),
    capability("twin", required(C, U1), required(B, U2), required(D, None, "m.Old.test_d", B)),
    capability("idle", required(B, U2, flag=FLAG)),
    capability("new", required("m.New.test", U3)),
    levels={"new": Level.ADVISORY},
)
NAMES = (A, B, C, D, "m.Old.test_a", "m.Old.test_d", "m.New.test", "m.Other.test")
keys = st.tuples(st.sampled_from(NAMES), st.sampled_from([None, U1, U2, U3]))


@cache
def documents() -> tuple[Guideline, ...]:
    return (SMALL, *(load(identity) for identity in shipped()))


def by_masks(
    document: Guideline, program: Program, attempts: Sequence[Attempt], policy: Policy, *, passes_only: bool
) -> CountedVerdict | None:
    known = Numbering()
    planes = dict.fromkeys(State, 0)
    for position, one in enumerate(attempts):
        known.add(one.name, one.uuid, position * 8)
        planes[state_of(one)] |= 1 << position * 8
    return ProgramMask(document, program, policy, known).judge(planes, passes_only=passes_only)


def by_judge(
    document: Guideline, program: Program, attempts: Sequence[Attempt], policy: Policy, *, passes_only: bool
) -> CountedVerdict:
    found = Results([evidence(*attempts, passes_only=passes_only)])
    verdict = judge(document, program, found, as_of=TODAY, policy=policy)
    counted = counted_verdict(verdict)
    if passes_only and all(one.outcome is Outcome.PASSED for one in attempts) and not _has_contradictions(verdict):
        said = sentence_of_passes(document, demand_of(document, program), policy, counted)
        assert said in {None, sentence(verdict)}
        assert program.kind is ProgramKind.LIST or said is not None
    return counted


def _has_contradictions(verdict: Verdict) -> bool:
    """Then the masks cannot tell."""
    return any(one.is_short and one.kind is not CircumstanceKind.RENAMED for one in verdict.circumstances)


@given(
    chosen=st.dictionaries(keys, st.sampled_from([Outcome.PASSED, Outcome.PASSED, *Outcome]), max_size=8),
    policy=st.sampled_from(POLICIES[:-1]),
    passes_only=st.booleans(),
)
def test_masks_say_what_the_judge_says_where_names_ids_and_aliases_collide(
    chosen: dict[tuple[str, str | None], Outcome], policy: Policy, passes_only: bool
) -> None:
    attempts = [Attempt(*key, outcome) for key, outcome in chosen.items()]
    found = by_masks(SMALL, SMALL.programs[0], attempts, policy, passes_only=passes_only)
    assert found in {None, by_judge(SMALL, SMALL.programs[0], attempts, policy, passes_only=passes_only)}


@given(data=st.data(), policy=st.sampled_from(POLICIES), passes_only=st.booleans())
def test_masks_say_what_the_judge_says_of_real_guidelines(
    data: st.DataObject, policy: Policy, passes_only: bool
) -> None:
    document = data.draw(st.sampled_from(documents()), label="guideline")
    program = data.draw(st.sampled_from(document.programs), label="program")
    random = data.draw(st.randoms(use_true_random=False))
    attempts = []
    for test in demand_of(document, program).tests.values():
        if random.random() < 0.97:
            name = random.choice((test.name, test.name, *test.aliases))
            uuid = None if random.random() < 0.02 else test.uuid
            outcome = Outcome.PASSED if passes_only or random.random() < 0.97 else random.choice(list(Outcome))
            attempts.append(Attempt(name, uuid, outcome))
    attempts = list({(one.name, one.uuid): one for one in attempts}.values())
    found = by_masks(document, program, attempts, policy, passes_only=passes_only)
    if policy.name != REFSTACK_2020.name:
        assert found in {None, by_judge(document, program, attempts, policy, passes_only=passes_only)}
    else:
        assert found is None


@pytest.mark.parametrize("missing", [0, 1])
def test_a_run_as_the_guideline_has_it_is_told_by_masks(missing: int) -> None:
    for document in documents()[1:]:
        for program in document.programs:
            tests = list(demand_of(document, program).tests.values())[missing:]
            attempts = [Attempt(test.name, test.uuid, Outcome.PASSED) for test in tests]
            found = by_masks(document, program, attempts, STRICT, passes_only=True)
            if found is not None:  # a plain list may have aliases, and tests stand for one another in a group
                nothing = not asked_at(document, program, (Level.REQUIRED,), flagged=False)
                expected = Standing.NOT_APPLICABLE if nothing else Standing.PASS
                assert found.standing is expected or missing
            elif not any(test.aliases or any(entry.any_of for _, entry in test.entries) for test in tests):
                pytest.fail(program.name)


def test_an_entry_whose_name_stands_under_two_ids_is_left_to_the_judge() -> None:
    document = guideline(capability("boot", required(A, U1)))
    attempts = [Attempt("m.Other.test", U1, Outcome.PASSED), Attempt("m.Other.test", U3, Outcome.PASSED)]
    assert by_judge(document, document.programs[0], attempts, STRICT, passes_only=False).standing is Standing.INCOMPLETE
    assert by_masks(document, document.programs[0], attempts, STRICT, passes_only=False) is None


def test_nothing_is_not_success() -> None:
    found = by_masks(SMALL, SMALL.programs[0], [], STRICT, passes_only=True)
    assert found is not None
    assert (found.standing, found.is_partial, found.totals.passed) == (Standing.INCOMPLETE, True, 0)
    empty = guideline()
    assert by_masks(empty, empty.programs[0], [attempt(A)], STRICT, passes_only=False) == by_judge(
        empty, empty.programs[0], [attempt(A)], STRICT, passes_only=False
    )


def test_a_flagged_or_an_advisory_test_that_is_absent_makes_no_run_partial() -> None:
    document = guideline(
        capability("boot", required(A, U1), required(B, U2, flag=FLAG)),
        capability("new", required("m.New.test", U3)),
        levels={"new": Level.ADVISORY},
    )
    attempts = [Attempt(A, U1, Outcome.PASSED)]
    found = by_masks(document, document.programs[0], attempts, STRICT, passes_only=True)
    assert found == by_judge(document, document.programs[0], attempts, STRICT, passes_only=True)
    assert found is not None
    assert (found.standing, found.is_partial) == (Standing.PASS, False)


def test_memory_for_known_tests_grows_as_their_number_does() -> None:
    def needed(tests: int) -> int:
        tracemalloc.start()
        known = Numbering()
        for number in range(tests):
            known.add(f"m.T.test_{number}", None, number * 8)
        assert known.bit("m.T.test_9", None) == known.named("m.T.test_9") == 1 << 72
        found = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return found

    assert needed(8000) < 3 * needed(4000)
