"""One test through all runs: what became of it, cloud by cloud and month by month.

A test may have several columns (it was renamed): what a run says of any of them, it says of the test. Where it says
several things, the gravest is shown in a stretch, and each is counted: as a query for each would be answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from certmark.corpus.bits import Words, flags_of, none_of, size_of
from certmark.corpus.clouds import CloudRuns
from certmark.corpus.history import Snapshot
from certmark.corpus.segments import OUTCOMES, STATES
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import State

_CLOUD = Word.CLOUD
GRAVEST = (State.FAILED, State.SETUP_ERROR, State.NOT_RUN, State.SKIPPED, State.PASSED)


class Stretch(NamedTuple):
    """Runs of a cloud, one after the other, that say the same of a test."""

    state: State
    first: int
    """Microseconds since 1970."""
    last: int
    runs: int


class TimesOfTest:
    """What became of a test in every run of known clouds; worked out once for each snapshot and test."""

    def __init__(self, clouds: CloudRuns, columns: Sequence[int]) -> None:
        snapshot = clouds.snapshot
        self._clouds = clouds
        self.runs = {state: _runs(snapshot, state, columns) for state in STATES}
        """The runs, of known clouds or not, that say so."""
        codes = np.zeros(snapshot.runs, np.uint8)
        for state in reversed(GRAVEST):
            codes[flags_of(self.runs[state], snapshot.runs)] = OUTCOMES.index(state)
        told = codes[clouds.order]
        self._chosen = np.flatnonzero(told)
        """Places in `clouds.order` that say something."""
        self._told = told[self._chosen]
        names = list(snapshot.words_of(_CLOUD))
        self.counts = _counts(clouds, self.runs, names)
        """For each cloud of which a run says something: how many say what."""
        changes = _changes(clouds.codes[self._chosen], self._told)
        self._firsts, self._lasts = changes, np.append(changes[1:], len(self._chosen)) - 1

    def stretches(self, cloud: str) -> list[Stretch]:
        """Of a cloud, the oldest first."""
        first, last = self._clouds.places.get(cloud, (0, 0))
        begin, end = np.searchsorted(self._chosen, (first, last))
        low, high = np.searchsorted(self._firsts, (begin, end))
        created, order = self._clouds.snapshot.created, self._clouds.order
        found = []
        for start, stop in zip(self._firsts[low:high], self._lasts[low:high], strict=True):
            state = OUTCOMES[int(self._told[start])]
            assert state is not None  # noqa: S101 - what says nothing was not chosen
            moments = created[order[self._chosen[[start, stop]]]]
            found.append(Stretch(state, int(moments[0]), int(moments[1]), int(stop - start + 1)))
        return found

    def last_states(self) -> dict[str, State]:
        """For each cloud what the test came to when it passed or failed last, else what was said of it last."""
        names = self._clouds.snapshot.words_of(_CLOUD)
        ran = np.isin(self._told, [OUTCOMES.index(State.PASSED), OUTCOMES.index(State.FAILED)])
        found: dict[str, State] = {}
        for chosen in (np.arange(len(self._told)), np.flatnonzero(ran)):
            codes = self._clouds.codes[self._chosen[chosen]]
            for place in chosen[np.flatnonzero(np.diff(codes, append=-1))]:
                state = OUTCOMES[int(self._told[place])]
                assert state is not None  # noqa: S101 - what says nothing was not chosen
                found[names[int(self._clouds.codes[self._chosen[place]])]] = state
        return found

    def sizes(self) -> dict[State, int]:
        """How many runs say what."""
        return {state: size_of(words) for state, words in self.runs.items()}

    def by_month(self, starts: Sequence[int]) -> dict[State, list[int]]:
        """How many runs that were received between each two of these moments say what."""
        created = self._clouds.snapshot.created
        found = {}
        for state, words in self.runs.items():
            moments = created[flags_of(words, len(created))]
            places = np.searchsorted(np.array(starts, np.int64), moments, side="right")
            found[state] = np.bincount(places, minlength=len(starts) + 1)[1 : len(starts)].tolist()
        return found


def _runs(snapshot: Snapshot, state: State, columns: Sequence[int]) -> Words:
    found = none_of(snapshot.runs)
    for part in snapshot.parts():
        for column in columns:
            words = part.column(state, column)
            if words is not None:
                found[part.first : part.first + part.words] |= words & part.within
    return found


def _changes(clouds: NDArray[np.int32], told: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where a stretch begins."""
    if not len(told):
        return np.zeros(0, np.int64)
    differs = (clouds[1:] != clouds[:-1]) | (told[1:] != told[:-1])
    return np.append(0, np.flatnonzero(differs) + 1)


def _counts(clouds: CloudRuns, runs: Mapping[State, Words], names: Sequence[str]) -> dict[str, dict[State, int]]:
    codes = clouds.snapshot.codes_of(_CLOUD)
    found: dict[str, dict[State, int]] = {}
    for state, words in runs.items():
        numbers = np.bincount(codes[flags_of(words, clouds.snapshot.runs)], minlength=len(names))
        for code in np.flatnonzero(numbers):
            if names[code]:
                found.setdefault(names[code], {})[state] = int(numbers[code])
    return dict(sorted(found.items()))
