"""A history that is kept as bytes and read again is the same one, and grows like it."""

from __future__ import annotations

import numpy as np

from certmark.corpus import segments
from certmark.corpus.answers import rates_of_tests, recorded, who_passes
from certmark.corpus.bits import indices_of
from certmark.corpus.history import KeptSegment, ResultsHistory, RunFacts, Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.sealing import page_bytes, page_of
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import Standing
from support.build import capability, guideline, required

DOCUMENT = guideline(capability("boot", required("m.T.test_0"), required("m.T.test_140", None, "m.T.test_3")))
YARDSTICK = Yardstick(DOCUMENT, DOCUMENT.programs[0])
TESTS = 150


def added(history: ResultsHistory, seed: int, first: int, size: int) -> None:
    generator = np.random.default_rng(seed)
    codes = np.ones((size, TESTS), np.uint8)
    codes[:, 3:50] = generator.integers(0, 6, (size, 47), np.uint8)
    codes[generator.random(size) < 0.001] = 2
    facts = [
        RunFacts(
            (number << 64 | number).to_bytes(16, "big"),
            number,
            passes_only=number % 7 == 0,
            is_damaged=number % 5 == 0,
            standing=(None, *Standing)[number % 6],
            cloud=f"cloud-{number % 30}",
            tags=(("number", str(number % 100)),) if number % 3 == 0 else (),
            waived=("m.T",) if number % 11 == 0 else (),
        )
        for number in range(first, first + size)
    ]
    history.add(facts, codes)


def new() -> ResultsHistory:
    history = ResultsHistory()
    for number in range(TESTS):
        history.tests.add((f"m.T.test_{number}", None))
    return history


def kept_and_read(history: ResultsHistory) -> ResultsHistory:
    kept = []
    for number in range(history.segments):
        shape = history.kept_segment(number, lambda _: b"")
        parts = {name: history.kept_part(number, name) for name in shape.parts}
        kept.append(KeptSegment(*shape[:4], parts.__getitem__))
    found = ResultsHistory(kept, history.word_lists(), history.gone)
    for key in history.tests.keys:
        found.tests.add(key)
    return found


def told(snapshot: Snapshot) -> object:
    runs = indices_of(snapshot.everything)
    return (
        runs.tolist(),
        [snapshot.facts_of(int(run)) for run in runs[:: max(1, len(runs) // 50)]],
        rates_of_tests(snapshot),
        recorded(snapshot),
        who_passes(Judge(snapshot, YARDSTICK)),
        {label: indices_of(snapshot.labelled(label)).tolist() for label in sorted(snapshot.labels())},
        snapshot.codes_of(Word.CLOUD).tolist(),
        snapshot.words_of(Word.CLOUD),
    )


def test_pages_of_every_kind_of_column_are_what_they_were() -> None:
    generator = np.random.default_rng(1)
    for runs in (1, 64, 1000, segments.RUNS):
        segment = segments.RunSegment()
        shares = generator.choice([0, 0.001, 0.02, 0.5, 0.99, 0.999, 1], segments.PAGE)
        segment.add((generator.random((runs, segments.PAGE)) < shares).astype(np.uint8))
        page = segment.page((segments.STATES[0], 0))
        assert page is not None
        assert (page_of(page_bytes(page, runs), runs) == page).all()


def test_a_history_that_was_kept_is_the_same_and_grows_like_the_other() -> None:
    history = new()
    added(history, 1, 0, segments.RUNS + 700)
    history.remove([(number << 64 | number).to_bytes(16, "big") for number in (0, 17, segments.RUNS + 3)])
    again = kept_and_read(history)
    assert told(again.snapshot()) == told(history.snapshot())
    grown = kept_and_read(history)
    for one in (history, grown):
        added(one, 2, segments.RUNS + 700, 900)
        one.remove([(number << 64 | number).to_bytes(16, "big") for number in (5, 17, segments.RUNS + 4)])
    assert told(grown.snapshot()) == told(history.snapshot()) == told(kept_and_read(grown).snapshot())


def test_nothing_is_kept_as_nothing() -> None:
    assert kept_and_read(new()).snapshot().runs == 0
