"""What flips without a change of the cloud, and whether the test or the cloud is to be looked at.

1. Two runs of one cloud and one release of its product, one after the other, are a pair; between them the cloud is
   taken to be the same.
2. A test flips in a pair where it passed in one of them and failed in the other; it is tried where it did either in
   both. Runs in between that say neither are passed over.
3. A test that flips on two clouds or more, and on a quarter of those that tried it, is to be looked at itself. Where
   it flips on one cloud only, on which three tests or more flip, that cloud is. Anything else is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import Indices, Words, at, indices_of, of_indices, size_of
from certmark.corpus.history import Snapshot
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import State


class Suspect(Enum):
    """What is to be looked at (rule 3)."""

    TEST = "the test"
    CLOUD = "the cloud"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class FlakyTest:
    """A test that flipped."""

    name: str
    uuid: str | None
    flips: int
    pairs: int
    """Rule 2: in how many it was tried."""
    clouds: tuple[str, ...]
    """On which it flipped."""
    tried: int
    """On how many clouds it was tried."""
    suspect: Suspect


@dataclass(frozen=True, slots=True)
class FlakyCloud:
    """A cloud on which tests flipped."""

    cloud: str
    flips: int
    tests: int
    """How many of them flipped."""


@dataclass(frozen=True)
class Flakes:
    """Everything that flipped, the worst first."""

    tests: tuple[FlakyTest, ...]
    clouds: tuple[FlakyCloud, ...]


_SHARE = 4
_MANY = 3


def flakes(snapshot: Snapshot, within: Words | None = None) -> Flakes:
    """What flipped in these runs; those of which no cloud is known are left out."""
    pairs = _Pairs(snapshot, within)
    flips = pairs.flips(range(len(snapshot.tests)))
    of_cloud = _of_clouds(snapshot, flips)
    names = snapshot.words_of(Word.CLOUD)
    tests = [_flaky(snapshot, one, of_cloud) for one in flips]
    flaky = np.flatnonzero(of_cloud.tests).tolist()
    clouds = [FlakyCloud(names[cloud], int(of_cloud.flips[cloud]), int(of_cloud.tests[cloud])) for cloud in flaky]
    return Flakes(
        tuple(sorted(tests, key=lambda one: (-one.flips, one.name))),
        tuple(sorted(clouds, key=lambda one: (-one.flips, one.cloud))),
    )


def flaky_tests(snapshot: Snapshot, columns: Sequence[int]) -> list[FlakyTest]:
    """What `flakes` says of these tests alone, at the price of these."""
    pairs = snapshot.once(_Pairs, lambda: _Pairs(snapshot, None))
    found = []
    for one in pairs.flips(columns):
        clouds = np.unique(one.clouds)
        of_cloud = _of_clouds(snapshot, [one])
        if len(clouds) == 1:  # rule 3 asks how many tests flip there
            runs = snapshot.with_codes(Word.CLOUD, [int(clouds[0])])
            of_cloud = _of_clouds(snapshot, _Pairs(snapshot, runs).flips(range(len(snapshot.tests))))
        found.append(_flaky(snapshot, one, of_cloud))
    return found


def flaky_tests_of_clouds(snapshot: Snapshot) -> dict[int, int]:
    """For each cloud, by its place in `words_of`, how many tests flipped on it."""
    return {cloud: len(columns) for cloud, columns in flipping_of_clouds(snapshot).items()}


def flipping_of_clouds(snapshot: Snapshot) -> dict[int, set[int]]:
    """For each cloud, by its place in `words_of`, the columns of the tests that flipped on it."""
    found: dict[int, set[int]] = {}
    for one in snapshot.once(_Pairs, lambda: _Pairs(snapshot, None)).flips(range(len(snapshot.tests))):
        for cloud in np.unique(one.clouds).tolist():
            found.setdefault(cloud, set()).add(one.column)
    return found


class _Flips(NamedTuple):
    """Of one test."""

    column: int
    pairs: int
    tried: int
    """On how many clouds."""
    clouds: Indices
    """The cloud of each flip."""


class _OfClouds(NamedTuple):
    """By the places of clouds in `words_of`."""

    flips: Indices
    tests: Indices
    """How many of them flipped."""


def _of_clouds(snapshot: Snapshot, flips: Iterable[_Flips]) -> _OfClouds:
    found = _OfClouds(*np.zeros((2, len(snapshot.words_of(Word.CLOUD))), np.int64))
    for one in flips:
        counts = np.bincount(one.clouds)
        found.flips[: len(counts)] += counts
        found.tests[: len(counts)] += counts > 0
    return found


def _flaky(snapshot: Snapshot, one: _Flips, of_cloud: _OfClouds) -> FlakyTest:
    names, clouds = snapshot.words_of(Word.CLOUD), np.unique(one.clouds)
    return FlakyTest(
        *snapshot.tests.keys[one.column],
        len(one.clouds),
        one.pairs,
        tuple(sorted(names[cloud] for cloud in clouds)),
        one.tried,
        _suspect(clouds, one.tried, of_cloud),
    )


class _Pairs:
    """Runs of known clouds in the order of rule 1: those of one cloud and release together, as they came.

    A flip has one failure in it: neighbours of failures are looked at, which are few, and not all runs.
    """

    def __init__(self, snapshot: Snapshot, within: Words | None) -> None:
        self._snapshot = snapshot
        self._order = _order(snapshot, within)
        clouds, releases = (snapshot.codes_of(word)[self._order] for word in (Word.CLOUD, Word.RELEASE))
        begins = np.ones(len(self._order), np.bool_)
        begins[1:] = (clouds[1:] != clouds[:-1]) | (releases[1:] != releases[:-1])
        self._groups = np.cumsum(begins) - 1
        self._sizes = np.bincount(self._groups)
        self._clouds = clouds.astype(np.int64)
        self._cloud_of_group = self._clouds[begins]
        self._places = np.full(snapshot.runs, -1, np.int64)
        self._places[self._order] = np.arange(len(self._order))
        self._known = of_indices(self._order, snapshot.runs)

    def flips(self, columns: Iterable[int]) -> list[_Flips]:
        """Rule 2, of these tests; those that never flipped are left out."""
        return [found for column in columns if (found := self._of(column)) is not None]

    def _of(self, column: int) -> _Flips | None:
        failed = _whole(self._snapshot, State.FAILED, column)
        failures = self._places[indices_of(failed)]
        failures = failures[failures >= 0]
        if not len(failures):
            return None
        passed = _whole(self._snapshot, State.PASSED, column)
        flipped = np.concatenate([self._beside(failures, passed, passed | failed, step) for step in (-1, 1)])
        if not len(flipped):
            return None
        ran = self._ran(passed | failed)
        tried = len(np.unique(self._cloud_of_group[ran > 1]))
        return _Flips(column, int((ran[ran > 1] - 1).sum()), tried, np.sort(self._clouds[flipped]))

    def _ran(self, ran: Words) -> Indices:
        """How many runs of each group are among these: the fewer of those that are and those that are not counted."""
        others = self._known & ~ran
        is_common = size_of(others) < size_of(self._known) // 2
        places = self._places[indices_of(others if is_common else self._known & ran)]
        counts: Indices = np.bincount(self._groups[places], minlength=len(self._sizes))
        return self._sizes - counts if is_common else counts

    def _beside(self, failures: Indices, passed: Words, ran: Words, step: int) -> Indices:
        """Those failures whose neighbour on one side, of those runs that passed or failed, passed."""
        own, places, found = failures, failures + step, []
        while len(own):
            inside = (places >= 0) & (places < len(self._order))
            own, places = own[inside], places[inside]
            same = self._groups[places] == self._groups[own]
            own, places = own[same], places[same]
            runs = self._order[places]
            found.append(own[at(passed, runs) == 1])
            silent = at(ran, runs) == 0
            own, places = own[silent], places[silent] + step
        return np.concatenate(found) if found else np.zeros(0, np.int64)


def _order(snapshot: Snapshot, within: Words | None) -> Indices:
    chosen = snapshot.everything if within is None else within & snapshot.everything
    runs = indices_of(chosen)
    words = snapshot.words_of(Word.CLOUD)
    if "" in words:
        runs = runs[snapshot.codes_of(Word.CLOUD)[runs] != words.index("")]
    runs = runs[np.argsort(snapshot.created[runs], kind="stable")]
    for word in (Word.RELEASE, Word.CLOUD):
        codes = snapshot.codes_of(word)[runs]
        # Sixteen bits are sorted by radix, ten times as fast.
        few = codes.astype(np.uint16) if len(snapshot.words_of(word)) < 1 << 16 else codes
        runs = runs[np.argsort(few, kind="stable")]
    return runs


def _whole(snapshot: Snapshot, state: State, column: int) -> Words:
    pieces = ((part, part.column(state, column)) for part in snapshot.parts())
    return snapshot.gathered((part, words) for part, words in pieces if words is not None)


def _suspect(clouds: Indices, tried: int, of_cloud: _OfClouds) -> Suspect:
    """Rule 3."""
    if len(clouds) > 1 and len(clouds) * _SHARE >= tried:
        return Suspect.TEST
    if len(clouds) == 1 and of_cloud.tests[clouds[0]] >= _MANY:
        return Suspect.CLOUD
    return Suspect.OPEN
