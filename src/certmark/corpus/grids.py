"""The tests of one cloud by its last runs: what was equal run after run, as one cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from certmark.corpus.bits import Codes
from certmark.corpus.history import Snapshot
from certmark.corpus.picking import codes_of
from certmark.corpus.segments import OUTCOMES
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import State

_BAD = np.array([state in {State.FAILED, State.SETUP_ERROR, State.NOT_RUN} for state in OUTCOMES])
_PASSED, _FAILED = OUTCOMES.index(State.PASSED), OUTCOMES.index(State.FAILED)


class GridCell(NamedTuple):
    """Runs, one beside the other, that say the same."""

    state: State | None
    """None: they say nothing of the test."""
    runs: int
    newest: int
    """The place of the newest of them, from the newest run of all on."""


class GridRow(NamedTuple):
    """A test."""

    name: str
    uuid: str | None
    cells: tuple[GridCell, ...]
    """The newest runs first."""
    flips: int
    """How often it went from passed to failed, or back, whatever was between."""


class FlipsOfTest(NamedTuple):
    """A test that went from passed to failed, or back, between two runs of one release, one after the other."""

    name: str
    uuid: str | None
    flips: int
    pairs: int
    """Of runs of one release, in both of which it passed or failed."""


class Grid:
    """Runs of one cloud, the newest first, with every test of which one says something.

    The tests that failed last stand first, then those that flip most.
    """

    def __init__(self, snapshot: Snapshot, runs: Sequence[int]) -> None:
        self._snapshot = snapshot
        self._codes = codes_of(snapshot, runs, len(snapshot.tests))
        self._releases = [snapshot.word_of(Word.RELEASE, run) for run in runs]
        bad = _BAD[self._codes]
        self._failed = np.where(bad.any(axis=0), bad.argmax(axis=0), len(runs))
        self._flips, _ = self._pairs(is_by_release=False)
        told = self._codes > 0
        newest = np.take_along_axis(self._codes, told.argmax(axis=0)[None], axis=0)[0] if runs else self._failed
        self._is_failing = _BAD[newest]
        names = [name for name, _ in list(snapshot.tests.keys)[: self._codes.shape[1]]]
        columns = np.flatnonzero(told.any(axis=0)).tolist()
        self.columns: list[int] = sorted(
            columns, key=lambda one: (int(self._failed[one]), -int(self._flips[one]), names[one])
        )
        """Of the tests, in their order."""

    def unstable(self, columns: Sequence[int]) -> list[int]:
        """Those of `columns` that flipped more than once."""
        return [one for one in columns if self._flips[one] > 1]

    def failing(self, columns: Sequence[int]) -> list[int]:
        """Those that did not pass, though they were tried, in the newest run that says anything of them."""
        return [one for one in columns if self._is_failing[one]]

    def row(self, column: int) -> GridRow:
        """A test."""
        name, uuid = self._snapshot.tests.keys[column]
        return GridRow(name, uuid, tuple(_cells(self._codes[:, column].tolist())), int(self._flips[column]))

    def flips(self) -> list[FlipsOfTest]:
        """What flips from run to run of one release, the worst first: of one cloud the same as `corpus.flakes` says."""
        flips, pairs = self._pairs(is_by_release=True)
        keys = self._snapshot.tests.keys
        found = [FlipsOfTest(*keys[one], int(flips[one]), int(pairs[one])) for one in np.flatnonzero(flips).tolist()]
        return sorted(found, key=lambda one: (-one.flips, one.name))

    def _pairs(self, *, is_by_release: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """How often each test flipped, of how many pairs of runs, one after the other, in which it ran."""
        flips, pairs = np.zeros((2, self._codes.shape[1]), np.int64)
        last: dict[str, Codes] = {}
        for release, codes in zip(self._releases, self._codes, strict=True):
            key = release if is_by_release else ""
            before = last.setdefault(key, np.zeros(len(codes), np.uint8))
            ran = (codes == _PASSED) | (codes == _FAILED)
            both = ran & (before > 0)
            pairs += both
            flips += both & (before != codes)
            before[ran] = codes[ran]
        return flips, pairs


def _cells(codes: Sequence[int]) -> Iterator[GridCell]:
    place = 0
    for code, same in groupby(codes):
        runs = sum(1 for _ in same)
        yield GridCell(OUTCOMES[code], runs, place)
        place += runs
