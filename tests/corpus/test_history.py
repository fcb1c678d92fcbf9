"""A history is added to while others ask; what was asked for stays as it was."""

from __future__ import annotations

import random
import threading

import numpy as np

from certmark.corpus import segments
from certmark.corpus.answers import rates_of_tests, who_passes
from certmark.corpus.bits import all_of, at, columns_of, flags_of, indices_of, of_flags, of_indices, size_of, sizes_of
from certmark.corpus.feeding import add_results
from certmark.corpus.history import ResultsHistory
from certmark.corpus.judging import Judge
from certmark.corpus.single_runs import results_of_run
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.queries.tree import Word
from certmark.domain.results import Outcome
from certmark.domain.verdict_values import State
from certmark.server.reading.messages import OutcomeCode
from certmark.server.reading.reader import _OUTCOMES
from support.build import U1, U2, attempt, capability, guideline, required, results
from support.histories import Run, TestKey, facts, history_of

A, B = ("m.One.test_a", U1), ("m.One.test_b", U2)
DOCUMENT = guideline(capability("boot", required(*A), required(*B)))
YARDSTICK = Yardstick(DOCUMENT, DOCUMENT.programs[0])


def test_sets_of_runs_are_what_flags_say() -> None:
    generator = np.random.default_rng(1)
    for runs in (0, 1, 63, 64, 65, 1000):
        flags = generator.random(runs) < 0.3
        words = of_flags(flags)
        assert flags_of(words, runs).tolist() == flags.tolist()
        assert indices_of(words).tolist() == np.flatnonzero(flags).tolist()
        assert size_of(words) == int(flags.sum())
        assert (of_indices(np.flatnonzero(flags), runs) == words).all()
        assert at(words, np.arange(runs)).tolist() == flags.tolist()
        assert size_of(all_of(runs)) == runs
    flags = generator.random((192, 24)) < 0.4
    columns = columns_of(np.packbits(flags, axis=1, bitorder="little"))
    assert [flags_of(column, 192).tolist() for column in columns] == flags.T.tolist()
    assert sizes_of(columns).tolist() == flags.sum(axis=0).tolist()


def test_bytes_of_a_vector_mean_what_the_server_means_by_them() -> None:
    assert {_OUTCOMES[state]: code for code, state in enumerate(segments.OUTCOMES) if state is not None} == {
        code: code.value for code in OutcomeCode if code.value
    }


def test_a_history_of_several_segments_has_every_run_once() -> None:
    generator, history = np.random.default_rng(2), ResultsHistory()
    columns = [history.tests.add((f"m.T.test_{number}", None)) for number in range(130)]
    codes = generator.integers(0, 6, (segments.RUNS + 1000, len(columns)), np.uint8)
    done = 0
    for size in (1, 63, 70, 5000, segments.RUNS - 5000, 866):
        history.add([facts(done + one) for one in range(size)], codes[done : done + size])
        done += size
    assert history.runs == done == len(codes)
    for column, rate in enumerate(rates_of_tests(history.snapshot())):
        expected = np.bincount(codes[:, column], minlength=6)
        assert [rate.untold, *rate.counts.values()] == expected.tolist()


def test_a_snapshot_stays_as_it_was() -> None:
    history = history_of([(facts(1), {A: State.PASSED, B: State.PASSED}), (facts(2), {A: State.FAILED})])
    before = history.snapshot()
    assert history.snapshot() is before
    history_of(
        [(facts(3, cloud="new"), {A: State.PASSED, B: State.PASSED, ("m.New", None): State.PASSED})], into=history
    )
    history.remove([facts(1).id])
    after = history.snapshot()
    assert (who_passes(Judge(before, YARDSTICK)).passed, who_passes(Judge(before, YARDSTICK)).runs) == (1, 2)
    assert (who_passes(Judge(after, YARDSTICK)).passed, who_passes(Judge(after, YARDSTICK)).runs) == (1, 2)
    assert indices_of(after.everything).tolist() == [1, 2]
    assert after.word_of(Word.CLOUD, 2) == "new"


def test_answers_are_right_while_runs_come() -> None:
    history, problems = ResultsHistory(), []
    columns = [history.tests.add(key) for key in (A, B)]
    codes = np.zeros((100, len(columns)), np.uint8)
    codes[:, 0], codes[::2, 1], codes[1::2, 1] = 1, 1, 2

    def ask() -> None:
        while history.runs < 5000:
            snapshot = history.snapshot()
            found = who_passes(Judge(snapshot, YARDSTICK))
            if (found.passed, found.failed, found.incomplete) != (snapshot.runs // 2, snapshot.runs // 2, 0):
                problems.append((snapshot.runs, found))

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for batch in range(50):
        history.add([facts(batch * 100 + one) for one in range(100)], codes)
    for asker in askers:
        asker.join()
    assert not problems


def test_one_run_reads_as_it_was_added() -> None:
    generator = random.Random(3)  # noqa: S311 - the same each time
    keys: list[TestKey] = [(f"m.T.test_{number}", None) for number in range(20)]
    states = [state for state in segments.OUTCOMES if state is not None]
    runs: list[Run] = [{key: generator.choice(states) for key in keys if generator.random() < 0.5} for _ in range(70)]
    snapshot = history_of([(facts(number), run) for number, run in enumerate(runs)]).snapshot()
    for number, run in enumerate(runs):
        found = results_of_run(snapshot, number)
        assert {name: found.attempts(name)[0].outcome for name in found.names} == {
            name: {
                State.PASSED: Outcome.PASSED,
                State.FAILED: Outcome.FAILED,
                State.SKIPPED: Outcome.SKIPPED,
                State.SETUP_ERROR: Outcome.SETUP_ERROR,
                State.NOT_RUN: Outcome.UNFINISHED,
            }[state]
            for (name, _), state in run.items()
        }


def test_results_that_bits_cannot_hold_are_kept_whole() -> None:
    history = ResultsHistory()
    twice = results(attempt(A[0], Outcome.FAILED, at=1), attempt(A[0], at=100), attempt(B[0]))
    plain = results(attempt(A[0]), attempt(B[0]))
    add_results(history, [(facts(1), plain), (facts(2), twice)])
    snapshot = history.snapshot()
    assert list(snapshot.wholes) == [1]
    assert results_of_run(snapshot, 1) is twice
