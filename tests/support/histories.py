"""Histories of small runs, for tests of the corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from certmark.corpus.bits import indices_of
from certmark.corpus.history import ResultsHistory, RunFacts
from certmark.corpus.judging import Judge, Standings
from certmark.corpus.segments import OUTCOMES
from certmark.corpus.settling import results_of
from certmark.domain.results import Results
from certmark.domain.verdict_values import Standing, State

TestKey = tuple[str, str | None]
Run = Mapping[TestKey, State]
"""What a run says of tests."""


def history_of(
    runs: Sequence[tuple[RunFacts, Run]],
    *,
    wholes: Mapping[int, Results] | None = None,
    into: ResultsHistory | None = None,
) -> ResultsHistory:
    """A history of these runs, added one after the other."""
    history = ResultsHistory() if into is None else into
    for number, (facts, run) in enumerate(runs):
        columns = {history.tests.add(key): OUTCOMES.index(state) for key, state in run.items()}
        codes = np.zeros((1, len(history.tests)), np.uint8)
        for column, code in columns.items():
            codes[0, column] = code
        whole = (wholes or {}).get(number)
        history.add([facts], codes, {} if whole is None else {0: whole})
    return history


def plain_results(run: Run, *, passes_only: bool = False) -> Results:
    """The same run as `domain` reads it."""
    return results_of(((key, OUTCOMES.index(state)) for key, state in run.items()), passes_only=passes_only)


def told(standings: Standings, runs: int) -> list[Standing]:
    """For each run what it came to."""
    found = {
        int(run): standing
        for standing in (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_JUDGED)
        for run in indices_of(standings.of(standing))
    }
    return [found[run] for run in range(runs)]


def facts(number: int = 0, **words: Any) -> RunFacts:
    """Of the run of this number."""
    return RunFacts(id=number.to_bytes(16, "big"), created=number * 10**6)._replace(**words)


__all__ = ["Judge", "Run", "TestKey", "facts", "history_of", "plain_results", "told"]
