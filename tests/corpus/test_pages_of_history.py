"""What pages take of a history equals what is counted run by run: boards, clouds, one test over time, flips."""

from __future__ import annotations

import datetime as dt
import random
from itertools import groupby, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from certmark.corpus.boards import BoardCell, board_of
from certmark.corpus.clouds import CloudRuns
from certmark.corpus.flakes import flakes, flaky_tests
from certmark.corpus.grids import Grid
from certmark.corpus.history import RunFacts, Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.picking import picked
from certmark.corpus.times_of_tests import GRAVEST, TimesOfTest
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.guidelines import Level
from certmark.domain.policies import NONE_FAILED, STRICT, Effect, Policy
from certmark.domain.verdict_values import Standing, State
from certmark.domain.verdicts import judge
from support.build import FLAG, TODAY, U1, U2, U3, capability, guideline, required
from support.histories import Run, facts, history_of, plain_results

A, B, C = ("m.One.test_a", U1), ("m.One.test_b", U2), ("m.Two.test_c", U3)
X, Y, OLD = ("m.E.x", None), ("m.E.y", None), ("m.Old.test_a", U1)
DOCUMENT = guideline(
    capability("boot", required(*A), required(*B)),
    capability("either", required(*X)._replace(any_of="one"), required(*Y)._replace(any_of="one")),
    capability("idle", required(*B, flag=FLAG)),
    capability("new", required(*C)),
    levels={"new": Level.ADVISORY},
)
IGNORING = STRICT._replace(name="ignoring", skipped=Effect.IGNORED)
STATES = [State.PASSED] * 5 + [State.FAILED, State.FAILED, State.SKIPPED, State.SETUP_ERROR, State.NOT_RUN]
runs = st.dictionaries(st.sampled_from([A, B, C, X, Y]), st.sampled_from(STATES))


@settings(max_examples=60)
@given(many=st.lists(runs, min_size=1, max_size=6), policy=st.sampled_from([STRICT, NONE_FAILED, IGNORING]))
def test_a_board_says_of_each_run_what_the_judge_says(many: list[Run], policy: Policy) -> None:
    history = history_of([(facts(number), run) for number, run in enumerate(many)])
    chosen = list(reversed(range(len(many))))
    few = picked(history.snapshot(), chosen)
    board = board_of(Judge(few, Yardstick(DOCUMENT, DOCUMENT.programs[0], policy)))
    for place, number in enumerate(chosen):
        verdict = judge(DOCUMENT, DOCUMENT.programs[0], plain_results(many[number]), as_of=TODAY, policy=policy)
        for row, expected in zip(board.rows, verdict.capabilities, strict=True):
            assert row.cells[place] == BoardCell(expected.standing, expected.passed, expected.counted), row.key
        whole = Standing.NOT_JUDGED if verdict.standing is Standing.NOT_APPLICABLE else verdict.standing
        assert board.program[place].standing is whole
        assert few.facts_of(place).id == facts(number).id


def _many(number: int) -> tuple[Snapshot, list[tuple[RunFacts, Run]]]:
    generator = random.Random(7)  # noqa: S311 - the same each time
    many: list[tuple[RunFacts, Run]] = []
    for place in range(number):
        run: Run = {key: generator.choice(STATES) for key in (A, B, C, OLD) if generator.random() < 0.8}
        about = facts(
            place,
            created=generator.randrange(100) * 10**12,
            cloud=generator.choice(["", "one", "two", "three"]),
            release=generator.choice("12"),
            program=generator.choice(["object", "compute"]),
        )
        many.append((about, run))
    history = history_of(many)
    history.remove([many[3][0].id, many[40][0].id])
    return history.snapshot(), [one for place, one in enumerate(many) if place not in {3, 40}]


def test_the_runs_of_a_cloud_are_those_of_its_name_in_the_order_of_time() -> None:
    snapshot, many = _many(200)
    clouds = CloudRuns(snapshot)
    assert list(clouds.places) == ["one", "three", "two"]
    in_time = sorted(many, key=lambda one: one[0].created)
    for name in clouds.places:
        expected = [one.id for one, _ in in_time if one.cloud == name]
        assert [snapshot.facts_of(int(run)).id for run in clouds.of(name)] == expected
    newest = {one.cloud: one.id for one, _ in in_time if one.cloud and one.program == "object"}
    assert {name: snapshot.facts_of(run).id for name, run in clouds.newest("OBJECT").items()} == newest
    assert clouds.newest("nothing") == {}
    first = dt.datetime.fromtimestamp(snapshot.created[clouds.order[0]] / 10**6, dt.UTC)
    assert clouds.months[0] == (first.year - 1970) * 12 + first.month - 1


def test_a_test_over_time_is_what_its_runs_say_of_it_under_all_its_names() -> None:
    snapshot, many = _many(200)
    columns = [snapshot.tests.add(key) for key in (A, OLD)]
    times = TimesOfTest(CloudRuns(snapshot), columns)
    told = [(about, {run[key] for key in (A, OLD) if key in run}) for about, run in many]
    assert times.sizes() == {state: sum(state in said for _, said in told) for state in GRAVEST}
    for cloud in ("one", "two", "three"):
        own = sorted(((one, said) for one, said in told if one.cloud == cloud and said), key=lambda one: one[0].created)
        worst = [(next(state for state in GRAVEST if state in said), one.created) for one, said in own]
        expected = [(state, len(list(same))) for state, same in groupby(state for state, _ in worst)]
        assert [(one.state, one.runs) for one in times.stretches(cloud)] == expected
        assert times.counts[cloud] == {
            state: number for state in GRAVEST if (number := sum(state in said for _, said in own))
        }
        ran = [state for state, _ in worst if state in {State.PASSED, State.FAILED}]
        assert times.last_states()[cloud] is ran[-1]
    starts = [0, 30 * 10**12, 70 * 10**12]
    assert times.by_month(starts)[State.FAILED] == [
        sum(State.FAILED in said and first <= one.created < last for one, said in told)
        for first, last in pairwise(starts)
    ]


def test_flips_of_some_tests_are_those_of_all_and_equal_what_is_counted_pair_by_pair() -> None:
    snapshot, many = _many(300)
    every = {(one.name, one.uuid): one for one in flakes(snapshot).tests}
    for key in (A, B, C):
        column = snapshot.tests.add(key)
        assert flaky_tests(snapshot, [column]) == [every[key]]
        flips = pairs = 0
        for cloud in ("one", "two", "three"):
            for release in "12":
                own = [one for one in many if (one[0].cloud, one[0].release) == (cloud, release)]
                states = [run.get(key) for _, run in sorted(own, key=lambda one: (one[0].created, one[0].id))]
                ran = [state for state in states if state in {State.PASSED, State.FAILED}]
                pairs += max(0, len(ran) - 1)
                flips += sum(first is not second for first, second in pairwise(ran))
        assert (every[key].flips, every[key].pairs) == (flips, pairs)


def test_a_grid_has_a_cell_for_runs_that_say_the_same() -> None:
    states = [State.PASSED, State.FAILED, State.FAILED, None, State.PASSED]
    many: list[tuple[RunFacts, Run]] = [
        (facts(n), {} if state is None else {A: state}) for n, state in enumerate(states)
    ]
    grid = Grid(history_of(many).snapshot(), range(5))
    row = grid.row(0)
    assert [(cell.state, cell.runs, cell.newest) for cell in row.cells] == [
        (State.PASSED, 1, 0),
        (State.FAILED, 2, 1),
        (None, 1, 3),
        (State.PASSED, 1, 4),
    ]
    assert (row.flips, grid.unstable(grid.columns), grid.failing(grid.columns)) == (2, [0], [])


def test_flips_of_the_runs_of_one_cloud_are_those_of_the_whole_history() -> None:
    snapshot, _ = _many(300)
    clouds = CloudRuns(snapshot)
    for cloud in clouds.places:
        runs = clouds.of(cloud).tolist()
        few = picked(snapshot, runs)
        expected = [(one.name, one.uuid, one.flips, one.pairs) for one in flakes(few).tests]
        assert [tuple(one) for one in Grid(few, list(reversed(range(len(runs))))).flips()] == expected
