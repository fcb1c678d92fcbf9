"""Results as they were read become runs of a history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from certmark.corpus.history import ResultsHistory, RunFacts
from certmark.corpus.segments import OUTCOMES
from certmark.domain.attempts import decide
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
    wholes = {place: results for place, (_, results) in enumerate(runs) if not is_plain(results)}
    history.add(facts, codes, wholes)


def is_plain(results: Results) -> bool:
    """Whether bits say all of it: each test once, nothing of fixtures, nothing that speaks against the evidence."""
    if len(results.evidence) != 1 or results.has_fixtures or results.truncated:
        return False
    piece = results.evidence[0]
    if piece.troubles or piece.plugin is not None or any(fixture_of(name) is not None for name in results.unclean):
        return False
    return all(len(results.attempts(name)) == 1 for name in results.names)


def _told(history: ResultsHistory, results: Results) -> Iterable[tuple[int, State]]:
    """Each test once, with what its attempts come to; fixtures of classes are no tests."""
    for name in results.names:
        if fixture_of(name) is None:
            attempts = results.attempts(name)
            yield history.tests.add((name, attempts[-1].uuid)), decide(attempts).state
