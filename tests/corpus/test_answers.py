"""Answers about the whole history equal what is counted run by run."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

from certmark.corpus.answers import (
    StandingCounts,
    blockers,
    rates_of_capabilities,
    rates_of_tests,
    trend,
    what_if,
    who_passes,
)
from certmark.corpus.bits import indices_of, of_indices
from certmark.corpus.flakes import Suspect, flakes
from certmark.corpus.history import RunFacts
from certmark.corpus.judging import Judge
from certmark.corpus.single_runs import verdict_on
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.drafts import flagged, placed
from certmark.domain.guidelines import Level
from certmark.domain.policies import NONE_FAILED
from certmark.domain.verdict_values import CountKind, Standing, State
from support.build import U1, U2, U3, capability, guideline, required
from support.histories import Run, facts, history_of

A, B, C = ("m.One.test_a", U1), ("m.One.test_b", U2), ("m.Two.test_c", U3)
X, Y = ("m.E.x", None), ("m.E.y", None)
DOCUMENT = guideline(
    capability("boot", required(*A), required(*B)),
    capability("either", required(*X)._replace(any_of="one"), required(*Y)._replace(any_of="one")),
    capability("new", required(*C)),
    levels={"new": Level.ADVISORY},
)
DAY = 24 * 3600 * 10**6
STATES = [State.PASSED] * 6 + [State.FAILED, State.SKIPPED]


def _many(number: int) -> list[Run]:
    generator = random.Random(5)  # noqa: S311 - the same each time
    return [
        {key: generator.choice(STATES) for key in (A, B, C, X, Y) if generator.random() < 0.9} for _ in range(number)
    ]


def _counts(standings: list[Standing]) -> StandingCounts:
    found = Counter(standings)
    return StandingCounts(
        found[Standing.PASS],
        found[Standing.FAIL],
        found[Standing.INCOMPLETE],
        found[Standing.NOT_JUDGED] + found[Standing.NOT_APPLICABLE],
    )


def test_counts_rates_trends_and_blockers_are_those_of_the_single_verdicts() -> None:
    runs = _many(150)
    history = history_of([(facts(number)._replace(created=number * DAY), run) for number, run in enumerate(runs)])
    snapshot = history.snapshot()
    within = of_indices(range(0, 150, 2), 150)
    for policy in (None, NONE_FAILED):
        yardstick = Yardstick(DOCUMENT, DOCUMENT.programs[0], policy)
        judge = Judge(snapshot, yardstick)
        verdicts = [verdict_on(snapshot, run, yardstick) for run in range(0, 150, 2)]
        assert who_passes(judge, within) == _counts([verdict.standing for verdict in verdicts])
        for nth, rate in enumerate(rates_of_capabilities(judge, within)):
            assert rate.counts == _counts([verdict.capabilities[nth].standing for verdict in verdicts]), rate.key
        points = trend(judge, [dt.date(1970, 1, 11), dt.date(1970, 3, 1)], within)
        assert [point.counts.runs for point in points] == [(59 - 10) // 2 + 1, 75 - 30]
        found = {one.test: (one.alone, one.among) for one in blockers(judge, within)}
        alone, among = Counter[str](), Counter[str]()
        for verdict in verdicts:
            blocked = {
                (test.any_of or test.name)
                for key in ("boot", "either")
                for test, _ in verdict.tests_of(key)
                if verdict.counted_as(key, test) in {CountKind.FAILED, CountKind.MISSING}
            }
            among.update(blocked)
            alone.update(blocked if len(blocked) == 1 else ())
        for test in (A[0], B[0]):
            assert found[test] == (alone[test], among[test])
        assert found[X[0]] == found[Y[0]] == (alone["one"], among["one"])


def test_rates_of_tests_are_counted_within_a_filter() -> None:
    runs = _many(150)
    snapshot = history_of([(facts(number), run) for number, run in enumerate(runs)]).snapshot()
    for rate in rates_of_tests(snapshot, of_indices(range(70), 150)):
        states = Counter(run.get((rate.name, rate.uuid)) for run in runs[:70])
        assert {state: number for state, number in rate.counts.items() if number} == {
            state: number for state, number in states.items() if state is not None
        }
        assert rate.untold == states[None]
        assert rate.share == states[State.PASSED] / (states[State.PASSED] + states[State.FAILED])


def test_what_if_a_test_is_flagged_or_a_capability_promoted() -> None:
    sound = dict.fromkeys((A, B, C, X), State.PASSED)
    runs: list[Run] = [sound, sound | {A: State.FAILED}, sound | {C: State.FAILED}, {}]
    snapshot = history_of([(facts(number), run) for number, run in enumerate(runs)]).snapshot()
    now = Judge(snapshot, Yardstick(DOCUMENT, DOCUMENT.programs[0]))
    flag = flagged(DOCUMENT, A[0], "it waits for a volume that never comes")
    found = what_if(now, Judge(snapshot, Yardstick(flag, flag.programs[0])))
    assert (indices_of(found.breaking).tolist(), indices_of(found.newly_passing).tolist()) == ([], [1])
    promoted = placed(DOCUMENT, "new", Level.REQUIRED)
    found = what_if(now, Judge(snapshot, Yardstick(promoted, promoted.programs[0])))
    assert (indices_of(found.breaking).tolist(), indices_of(found.newly_passing).tolist()) == ([2], [])
    assert (found.before.passed, found.after.passed) == (2, 1)


def test_a_flake_is_laid_to_the_test_or_to_the_cloud() -> None:
    good, bad = State.PASSED, State.FAILED
    runs: list[tuple[RunFacts, Run]] = []
    for round_ in range(4):
        wavers = good if round_ % 2 else bad
        runs += [
            (facts(len(runs), cloud="one"), {A: wavers, B: good, C: good}),
            (facts(len(runs) + 1, cloud="two"), {A: wavers, B: good, C: good}),
            (facts(len(runs) + 2, cloud="three"), {A: good, B: wavers, C: wavers, X: wavers}),
            # Another release each time: what changes is the cloud.
            (facts(len(runs) + 3, cloud="four", release=str(round_)), {A: good, B: wavers}),
            (facts(len(runs) + 4), {B: wavers}),
        ]
    found = flakes(history_of(runs).snapshot())
    told = {one.name: (one.flips, one.clouds, one.tried, one.suspect) for one in found.tests}
    assert told == {
        A[0]: (6, ("one", "two"), 3, Suspect.TEST),
        B[0]: (3, ("three",), 3, Suspect.CLOUD),
        C[0]: (3, ("three",), 3, Suspect.CLOUD),
        X[0]: (3, ("three",), 1, Suspect.CLOUD),
    }
    assert [(one.cloud, one.flips, one.tests) for one in found.clouds] == [
        ("three", 9, 3),
        ("one", 3, 1),
        ("two", 3, 1),
    ]
