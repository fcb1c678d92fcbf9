"""A few runs of a large history as a history of their own: what is asked of them costs as little as they are few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from certmark.corpus.bits import Codes
from certmark.corpus.history import ResultsHistory, Snapshot
from certmark.corpus.segments import OUTCOMES, PAGE, RUNS


def picked(snapshot: Snapshot, runs: Sequence[int]) -> Snapshot:
    """These runs, in this order; each has its place in `runs` as its number."""
    history = ResultsHistory()
    for key in list(snapshot.tests.keys):
        history.tests.add(key)
    wholes = {place: snapshot.wholes[run] for place, run in enumerate(runs) if run in snapshot.wholes}
    history.add([snapshot.facts_of(run) for run in runs], codes_of(snapshot, runs, len(history.tests)), wholes)
    return history.snapshot()


def codes_of(snapshot: Snapshot, runs: Sequence[int], tests: int) -> Codes:
    """A row for each run, with a byte of `segments.OUTCOMES` for each of the first `tests` columns."""
    wanted = np.array(runs, np.int64)
    found = np.zeros((len(wanted), -(-tests // PAGE) * PAGE), np.uint8)
    for number, part in enumerate(snapshot.parts()):
        rows = np.flatnonzero(wanted // RUNS == number)
        if not len(rows):
            continue
        places = wanted[rows] % RUNS
        words, bits = places >> 6, (places & 63).astype(np.uint64)
        for (state, page), columns in list(part.segment.pages.items()):
            if page * PAGE < tests:
                told = ((columns[:, words] >> bits) & np.uint64(1)).astype(np.uint8).T
                found[rows, page * PAGE : (page + 1) * PAGE] += told * np.uint8(OUTCOMES.index(state))
    return found[:, :tests]
