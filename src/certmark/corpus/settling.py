"""What the required tests came to, in many runs at once: what `domain.states_of_tests` says of each run by itself.

Of a run whose bits say all, for each required test:

1. It passed where its own name and id passed, and no other id stands under its name.
2. It was not run where nothing has its name, its id or an alias; not reported where the run names passed tests only.
3. Where one entry has any of these, it is in the state of that entry, unless another required test may claim the
   entry, or the name of the entry stands under another id as well.
4. In all other runs `domain` decides: once for each distinct pattern of the results that may matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import Words, all_of, at, indices_of, of_indices
from certmark.corpus.history import Part
from certmark.corpus.known_tests import KnownTests
from certmark.corpus.segments import OUTCOMES
from certmark.corpus.yardsticks import AskedColumns, Cluster, JudgingPlan
from certmark.domain.attempts import decide, effect_of
from certmark.domain.listed_tests import as_results_know
from certmark.domain.matching import Matcher
from certmark.domain.policies import Effect, Policy
from certmark.domain.programs import AskedTest, demand_with
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.states_of_tests import settle
from certmark.domain.verdict_values import SettledTest, State

States = Mapping[State, Words]
"""The runs in which a test came to each state; none has a run of another one."""
FAILED = frozenset({State.FAILED, State.SETUP_ERROR})
_OUTCOME_OF = (
    None,
    Outcome.PASSED,
    Outcome.FAILED,
    Outcome.SKIPPED,
    Outcome.SETUP_ERROR,
    Outcome.UNFINISHED,
)
_STATES = tuple(State)
_MOST_HELD = 4096
"""Clusters of which a segment holds what was worked out."""
_CODES = {state: code for code, state in enumerate(_STATES)}


class _PatternState(NamedTuple):
    """What one pattern of results says of one required test."""

    code: int
    is_contradicted: bool


class _Pattern(NamedTuple):
    tests: tuple[_PatternState, ...]
    """Of the cluster's tests."""
    is_stray: bool
    """There is a failure in it that the states of the tests do not show."""


class Patterns:
    """Rule 4: what `domain` said of patterns that were met; it is asked once for each."""

    def __init__(self, plan: JudgingPlan, known: KnownTests) -> None:
        self._plan = plan
        self._keys = known.keys
        self._known: dict[tuple[int, bytes], _Pattern] = {}

    def of(self, number: int, pattern: bytes) -> _Pattern:
        """`pattern`: a byte of `segments.OUTCOMES` for each column of the cluster, then whether it has passes only."""
        found = self._known.get((number, pattern))
        if found is None:
            found = self._known[number, pattern] = self._decided(self._plan.clusters[number], pattern)
        return found

    def _decided(self, cluster: Cluster, pattern: bytes) -> _Pattern:
        results = results_of(
            ((self._keys[column], code) for column, code in zip(cluster.columns, pattern, strict=False)),
            passes_only=bool(pattern[-1]),
        )
        parts = [_parts(self._plan, self._plan.tests[place].test, results) for place in cluster.places]
        matcher = Matcher({test.name: test for found in parts for test in found}, results)
        settled = [[settle(test, results, matcher, self._plan.policy) for test in found] for found in parts]
        told = tuple(_strongest(found, self._plan.policy) for found in settled)
        every = [one for found in settled for one in found]
        return _Pattern(told, any(map(_hides_failure, settled)) or _is_stray(results, every, self._plan.policy))


def results_of(
    entries: Iterable[tuple[tuple[str, str | None], int]], *, passes_only: bool, is_damaged: bool = False
) -> Results:
    """The results of a run whose bits say all: tests with their bytes of `segments.OUTCOMES`."""
    attempts = tuple(
        Attempt(name, uuid, outcome) for (name, uuid), code in entries if (outcome := _OUTCOME_OF[code]) is not None
    )
    return Results([Evidence("", "", 0, None, attempts, passes_only=passes_only, truncated=is_damaged)])


def _parts(plan: JudgingPlan, test: AskedTest, results: Results) -> list[AskedTest]:
    """The test, or those that a plain list means by it (`domain.listed_tests`)."""
    if not plan.is_split:
        return [test]
    entries = dict(test.entries)
    capabilities = tuple(
        asked._replace(capability=asked.capability._replace(tests=(entries[asked.key],)))
        for asked in plan.demand.capabilities
        if asked.capability is not None and asked.key in entries
    )
    return list(as_results_know(demand_with(plan.demand, capabilities), results).tests.values())


_STRONGEST = (Effect.FAIL, Effect.INCOMPLETE, None, Effect.IGNORED)


def strength(settled: SettledTest) -> int:
    """Which of the tests that stand for one decides: the least."""
    return _STRONGEST.index(settled.effect)


def _strongest(settled: list[SettledTest], policy: Policy) -> _PatternState:
    chosen = min(settled, key=strength)
    contradicted = any(
        one.is_contradicted and one.state is not State.FAILED and one.effect is not Effect.IGNORED for one in settled
    )
    assert chosen.effect == effect_of(chosen.state, policy)  # noqa: S101 - by how a test is settled
    return _PatternState(_CODES[chosen.state], contradicted)


def _hides_failure(settled: list[SettledTest]) -> bool:
    """Whether one of several tests that stand for one failed, and does not decide."""
    chosen = min(settled, key=strength)
    flagged = any(entry.flag is not None for _, entry in chosen.test.entries)
    return not flagged and any(one is not chosen and one.state in FAILED for one in settled)


def _is_stray(results: Results, settled: list[SettledTest], policy: Policy) -> bool:
    explained = {
        name for one in settled for name in one.found_as if (one.test.name, one.test.uuid) not in results.clean
    }
    return any(
        decide(results.attempts(name), policy).state in FAILED for name in results.unclean if name not in explained
    )


class _OfCluster(NamedTuple):
    states: tuple[dict[State, Words], ...]
    """Of each of its tests."""
    contradicted: tuple[Words | None, ...]
    stray: Words | None
    """Runs with a failure that is of no required test, among the columns of the cluster's tests."""


class Settling:
    """What the tests of a plan came to in the runs of one part."""

    def __init__(self, plan: JudgingPlan, part: Part, patterns: Patterns) -> None:
        self.part = part
        self._plan = plan
        self._patterns = patterns
        self._terms = (plan.policy, plan.is_split)

    def told(self, place: int) -> States:
        """The runs in which the test came to a state by an entry; those without one are left out."""
        asked = self._plan.tests[place]
        if asked.cluster is None:
            return {} if asked.own is None else self._of_column(asked.own)
        return self.of_cluster(asked.cluster).states[self._plan.clusters[asked.cluster].places.index(place)]

    def states(self, place: int) -> States:
        """The runs of every state."""
        told = self.told(place)
        absent = ~np.bitwise_or.reduce(list(told.values())) if told else ~self._none()
        found = {state: words & self.part.within for state, words in told.items()}
        absent &= self.part.within
        found[State.NOT_REPORTED] = found.get(State.NOT_REPORTED, self._none()) | (absent & self.part.passes_only)
        found[State.NOT_RUN] = found.get(State.NOT_RUN, self._none()) | (absent & ~self.part.passes_only)
        return found

    def passed_and_failed(self, column: int | None) -> tuple[Words | None, Words | None]:
        """The runs in which the test of a column passed, and failed; other runs than the part's may be in them."""
        if column is None:
            return None, None
        return self.part.column(State.PASSED, column), self.part.column(State.FAILED, column)

    def contradicted(self, place: int) -> Words | None:
        """The runs in which a result that contradicts itself speaks of the test, which counts and did not fail."""
        cluster = self._plan.tests[place].cluster
        if cluster is None:
            return None
        return self.of_cluster(cluster).contradicted[self._plan.clusters[cluster].places.index(place)]

    def of_cluster(self, number: int) -> _OfCluster:
        """Worked out once for a segment, whatever guideline has the same tests."""
        held, key = self.part.segment.worked_out, (self._plan.meanings[number], self._terms)
        runs, found = held.get(key, (0, None))
        if runs != self.part.runs or found is None:
            found = self._settled(number)
            if len(held) >= _MOST_HELD:
                held.clear()
            held[key] = self.part.runs, found
        settled: _OfCluster = found
        return settled

    def _none(self) -> Words:
        return np.zeros(self.part.words, np.uint64)

    def _of_column(self, column: int) -> dict[State, Words]:
        columns = ((state, self.part.column(state, column)) for state in OUTCOMES if state is not None)
        return {state: words for state, words in columns if words is not None}

    def _settled(self, number: int) -> _OfCluster:
        cluster = self._plan.clusters[number]
        states: list[dict[State, Words]] = []
        unclear, stray = self._none(), self._none()
        for place in cluster.places:
            came_to, unsure, strays = self._by_columns(self._plan.tests[place])
            states.append(came_to)
            unclear |= unsure
            stray |= strays
        unclear &= all_of(self.part.runs)
        if not unclear.any():
            return _OfCluster(tuple(states), (None,) * len(states), stray)
        return self._with_patterns(number, states, unclear, stray & ~unclear)

    def _by_columns(self, asked: AskedColumns) -> tuple[dict[State, Words], Words, Words]:
        """Rules 1 to 3: the states, the runs of rule 4, and those with another failure under one of its names."""
        present = {column: words for column in asked.touching if (words := self.part.present(column)) is not None}
        if not (asked.siblings or asked.unsure or self._plan.is_split) and _are_apart(present.values()):
            return self._joined(present), self._none(), self._none()
        unsure = self._any(words for column in asked.unsure if (words := self.part.present(column)) is not None)
        own = {} if asked.own is None else self._of_column(asked.own)
        seen, twice = self._none(), self._none()
        for words in present.values():
            twice |= seen & words
            seen |= words
        clean = own.get(State.PASSED, self._none()).copy()
        for column in asked.siblings:
            if column in present:
                clean &= ~present[column]
        if self._plan.is_split:
            clean &= ~twice
        unclear = seen & ~clean & (twice | unsure)
        once = seen & ~clean & ~unclear
        states: dict[State, Words] = {}
        stray = self._none()
        for column in present:
            for state, words in self._of_column(column).items():
                states[state] = states.get(state, self._none()) | (words & once)
                if column != asked.own and state in FAILED:
                    stray |= words & clean
        states[State.PASSED] = states.get(State.PASSED, self._none()) | clean
        return states, unclear, stray

    def _joined(self, columns: Iterable[int]) -> dict[State, Words]:
        """Rule 3, where every run has one of the entries at most."""
        states: dict[State, Words] = {}
        for column in columns:
            for state, words in self._of_column(column).items():
                states[state] = states[state] | words if state in states else words
        return states

    def _any(self, columns: Iterable[Words]) -> Words:
        found = self._none()
        for words in columns:
            found |= words
        return found

    def _with_patterns(
        self, number: int, states: Sequence[dict[State, Words]], unclear: Words, stray: Words
    ) -> _OfCluster:
        """Rule 4."""
        cluster = self._plan.clusters[number]
        runs = indices_of(unclear)
        codes = np.zeros((len(runs), len(cluster.columns) + 1), np.uint8)
        for place, column in enumerate(cluster.columns):
            for code, state in enumerate(OUTCOMES):
                words = None if state is None else self.part.column(state, column)
                if words is not None:
                    codes[:, place] += code * at(words, runs)
        codes[:, -1] = at(self.part.passes_only, runs)
        distinct, which = np.unique(codes, axis=0, return_inverse=True)
        which = which.reshape(-1)
        found = [self._patterns.of(number, row.tobytes()) for row in distinct]
        size = self.part.words << 6
        contradicted: list[Words | None] = []
        for nth, of_test in enumerate(states):
            came_to = np.array([one.tests[nth].code for one in found])[which]
            for state, words in of_test.items():
                of_test[state] = words & ~unclear
            for code in np.unique(came_to):
                state = _STATES[code]
                words = of_indices(runs[came_to == code], size)
                of_test[state] = of_test.get(state, self._none()) | words
            is_contradicted = np.array([one.tests[nth].is_contradicted for one in found])[which]
            contradicted.append(of_indices(runs[is_contradicted], size) if is_contradicted.any() else None)
        is_stray = np.array([one.is_stray for one in found])[which]
        return _OfCluster(tuple(states), tuple(contradicted), stray | of_indices(runs[is_stray], size))


def _are_apart(sets: Iterable[Words]) -> bool:
    """Whether no run is in two of them."""
    seen: Words | None = None
    for words in sets:
        if seen is not None and (seen & words).any():
            return False
        seen = words if seen is None else seen | words
    return True
