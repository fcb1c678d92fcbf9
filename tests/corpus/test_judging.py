"""What the columns of bits say of every run is what the judge says of it by itself."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from certmark.corpus.judging import Judge
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.guidelines import Guideline, Level, Program, ProgramKind
from certmark.domain.policies import CONFORMANCE, NONE_FAILED, STRICT, Effect, Policy
from certmark.domain.programs import demand_of
from certmark.domain.results import Attempt, Outcome, Results
from certmark.domain.verdict_values import Standing, State
from certmark.domain.verdicts import judge
from certmark.formats.guideline import load, shipped
from support.build import FLAG, TODAY, U1, U2, U3, capability, evidence, guideline, required
from support.histories import Run, facts, history_of, plain_results, told

FAILS = STRICT._replace(name="fails", not_reported=Effect.FAIL, not_run=Effect.IGNORED)
STRANGE = STRICT._replace(name="strange", skipped=Effect.FAIL, setup_error=Effect.IGNORED, not_run=Effect.IGNORED)
POLICIES = (STRICT, NONE_FAILED, CONFORMANCE, FAILS, STRANGE)
A, B, C, D = "m.One.test_a", "m.One.test_b", "m.Two.test_a", "m.Two.test_d"
SMALL = guideline(
    capability("boot", required(A, U1, "m.Old.test_a"), required(B, U2, flag=FLAG)),
    capability("twin", required(C, U1), required(B, U2), required(D, None, "m.Old.test_d", B)),
    capability("either", *(required(name)._replace(any_of="one") for name in ("m.E.x", "m.E.y", "m.E.z"))),
    capability("idle", required(B, U2, flag=FLAG)),
    capability("new", required("m.New.test", U3)),
    levels={"new": Level.ADVISORY},
)
LIST = guideline(
    capability("all", required(A, U1, "m.Old.test_a", "m.Old.test_d"), required(D, U2, "m.Other.test")),
    programs=[SMALL.programs[0]._replace(kind=ProgramKind.LIST)],
)
GAP = SMALL._replace(
    programs=(
        SMALL.programs[0]._replace(
            components=(*SMALL.programs[0].components, SMALL.programs[0].components[0]._replace(name="nowhere"))
        ),
    ),
    data=b"gap",
)
NAMES = (A, B, C, D, "m.Old.test_a", "m.Old.test_d", "m.New.test", "m.Other.test", "m.E.x", "m.E.y", "m.E.z")
STATES = [State.PASSED, State.PASSED, State.PASSED, State.FAILED, State.SKIPPED, State.SETUP_ERROR, State.NOT_RUN]
keys = st.tuples(st.sampled_from(NAMES), st.sampled_from([None, U1, U2, U3]))
sane = {A: U1, B: U2, C: U1, D: None, "m.New.test": U3, "m.E.x": None, "m.E.y": None}
runs = st.dictionaries(keys, st.sampled_from(STATES), max_size=8).flatmap(
    lambda odd: st.builds(
        lambda some: {**{key: state for key, state in some.items() if key[0] not in {name for name, _ in odd}}, **odd},
        st.dictionaries(st.sampled_from(list(sane.items())), st.sampled_from(STATES)),
    )
)
histories = st.lists(st.tuples(st.booleans(), runs), min_size=1, max_size=8)


def check(document: Guideline, program: Program, policy: Policy, many: Sequence[tuple[bool, Run]]) -> None:
    history = history_of([(facts(number, passes_only=only), run) for number, (only, run) in enumerate(many)])
    found = Judge(history.snapshot(), Yardstick(document, program, policy))
    verdicts = [
        judge(document, program, plain_results(run, passes_only=only), as_of=TODAY, policy=policy) for only, run in many
    ]
    assert told(found.standings(), len(many)) == [_folded(verdict.standing) for verdict in verdicts]
    for nth, asked in enumerate(found.plan.demand.capabilities):
        expected = [verdict.capabilities[nth].standing for verdict in verdicts]
        assert told(found.capability(asked.key), len(many)) == expected, asked.key


def _folded(standing: Standing) -> Standing:
    return Standing.NOT_JUDGED if standing is Standing.NOT_APPLICABLE else standing


@settings(max_examples=60)
@given(many=histories, policy=st.sampled_from(POLICIES), document=st.sampled_from([SMALL, SMALL, LIST, GAP]))
def test_columns_say_what_the_judge_says_where_names_ids_and_aliases_collide(
    many: list[tuple[bool, Run]], policy: Policy, document: Guideline
) -> None:
    check(document, document.programs[0], policy, many)


@settings(max_examples=8)
@given(data=st.data(), policy=st.sampled_from(POLICIES))
def test_columns_say_what_the_judge_says_of_real_guidelines(data: st.DataObject, policy: Policy) -> None:
    document = load(data.draw(st.sampled_from(shipped()), label="guideline"))
    program = data.draw(st.sampled_from(document.programs), label="program")
    random = data.draw(st.randoms(use_true_random=False))
    share, many = data.draw(st.sampled_from([1.0, 0.995, 0.9])), []
    for _ in range(3):
        run = {}
        for test in demand_of(document, program).tests.values():
            if random.random() < share:
                name = random.choice((test.name, test.name, *test.aliases))
                uuid = None if random.random() > share else test.uuid
                run[name, uuid] = State.PASSED if random.random() < share else random.choice(STATES)
        many.append((random.random() < 0.3, run))
    check(document, program, policy, many)


def test_nothing_is_not_success() -> None:
    empty = guideline()
    check(empty, empty.programs[0], STRICT, [(False, {}), (False, {(A, U1): State.PASSED})])
    check(SMALL, SMALL.programs[0], STRICT, [(False, {})])
    assert history_of([]).snapshot().everything.size == 0


def test_a_run_of_which_bits_do_not_say_all_is_judged_by_itself() -> None:
    cut_off = Results([evidence(Attempt(A, U1, Outcome.PASSED), Attempt(B, U2, Outcome.PASSED), truncated=True)])
    document = guideline(capability("boot", required(A, U1), required(B, U2)), capability("idle", required(B, U2)))
    run: Run = {(A, U1): State.PASSED, (B, U2): State.PASSED}
    history = history_of([(facts(1), run), (facts(2), run)], wholes={1: cut_off})
    found = Judge(history.snapshot(), Yardstick(document, document.programs[0]))
    assert told(found.standings(), 2) == [Standing.PASS, Standing.INCOMPLETE]
    assert told(found.capability("boot"), 2) == [Standing.PASS, Standing.PASS]
