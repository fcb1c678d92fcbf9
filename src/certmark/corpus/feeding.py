"""Results as they were read become runs of a history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from certmark.corpus.history import ResultsHistory, RunFacts
from certmark.corpus.segments import OUTCOMES
from certmark.domain.attempts import decide
from certmark.domain.evidence_doubts import doubts_of
from certmark.domain.identity import fixture_of
from certmark.domain.results import Results
from certmark.domain.verdict_values import State


def add_results(history: ResultsHistory, runs: Sequence[tuple[RunFacts, Results]]) -> None:
    """Add runs with all that was read of them: what bits do not say of one is looked up when it is judged."""
    told = [list(_told(history, results)) for _, results in runs]
    codes = np.zeros((len(runs), len(history.tests)), np.uint8)
    for row, entries in enumerate(told):
        for column, state in entries:
            codes[row, column] = OUTCOMES.index(state)
    facts = [one._replace(passes_only=results.passes_only) for one, results in runs]
    wholes = {place: results for place, (_, results) in enumerate(runs) if doubts_of(results) or not results.evidence}
    history.add(facts, codes, wholes)


def _told(history: ResultsHistory, results: Results) -> Iterable[tuple[int, State]]:
    """Each test once, with what its attempts come to; fixtures of classes are no tests."""
    for name in results.names:
        if fixture_of(name) is None:
            attempts = results.attempts(name)
            yield history.tests.add((name, attempts[-1].uuid)), decide(attempts).state
