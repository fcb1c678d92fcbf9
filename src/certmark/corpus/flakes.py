"""What flips without a change of the cloud, and whether the test or the cloud is to be looked at.

1. Two runs of one cloud and one release of its product, one after the other, are a pair; between them the cloud is
   taken to be the same.
2. A test flips in a pair where it passed in one of them and failed in the other; it is tried where it did either in
   both. Runs in between that say neither are passed over.
3. A test that flips on two clouds or more, and on a quarter of those that tried it, is to be looked at itself. Where
   it flips on one cloud only, on which three tests or more flip, that cloud is. Anything else is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from certmark.corpus.bits import Indices, Words, at, none_of, size_of
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
    flips = _flips(snapshot, within)
    names = snapshot.words_of(Word.CLOUD)
    of_cloud: dict[int, list[int]] = {}
    for _, _, _, flipped in flips:
        for cloud in np.unique(flipped):
            of_cloud.setdefault(int(cloud), []).append(int((flipped == cloud).sum()))
    tests = [
        FlakyTest(
            *snapshot.tests.keys[column],
            len(flipped),
            pairs,
            tuple(sorted(names[cloud] for cloud in np.unique(flipped))),
            tried,
            _suspect(np.unique(flipped), tried, of_cloud),
        )
        for column, pairs, tried, flipped in flips
    ]
    clouds = [FlakyCloud(names[cloud], sum(counts), len(counts)) for cloud, counts in of_cloud.items()]
    return Flakes(
        tuple(sorted(tests, key=lambda one: (-one.flips, one.name))),
        tuple(sorted(clouds, key=lambda one: (-one.flips, one.cloud))),
    )


def flaky_tests_of_clouds(snapshot: Snapshot) -> dict[int, int]:
    """For each cloud, by its place in `words_of`, how many tests flipped on it."""
    return {cloud: len(columns) for cloud, columns in flipping_of_clouds(snapshot).items()}


def flipping_of_clouds(snapshot: Snapshot) -> dict[int, set[int]]:
    """For each cloud, by its place in `words_of`, the columns of the tests that flipped on it."""
    found: dict[int, set[int]] = {}
    for column, _, _, flipped in _flips(snapshot, None):
        for cloud in np.unique(flipped):
            found.setdefault(int(cloud), set()).add(column)
    return found


def _flips(snapshot: Snapshot, within: Words | None) -> list[tuple[int, int, int, Indices]]:
    """Rule 2: columns that flipped, their pairs, how many clouds tried them, and the cloud of each flip."""
    order = _order(snapshot, within)
    clouds, releases = snapshot.codes_of(Word.CLOUD)[order], snapshot.codes_of(Word.RELEASE)[order]
    found = []
    for column in range(len(snapshot.tests)):
        failed = _whole(snapshot, State.FAILED, column)
        if not size_of(failed):
            continue
        passes, fails = at(_whole(snapshot, State.PASSED, column), order), at(failed, order)
        ran = np.flatnonzero(passes | fails)
        first, second = ran[:-1], ran[1:]
        same = (clouds[first] == clouds[second]) & (releases[first] == releases[second])
        first, second = first[same], second[same]
        flipped = second[passes[first] != passes[second]]
        if len(flipped):
            tried = len(np.unique(clouds[second]))
            found.append((column, len(second), tried, clouds[flipped].astype(np.int64)))
    return found


def _order(snapshot: Snapshot, within: Words | None) -> Indices:
    """The runs of known clouds, those of one cloud and release together, in the order in which they came."""
    chosen = snapshot.everything if within is None else within & snapshot.everything
    clouds, releases = snapshot.codes_of(Word.CLOUD), snapshot.codes_of(Word.RELEASE)
    order = np.lexsort((np.arange(snapshot.runs), snapshot.created, releases, clouds))
    words = snapshot.words_of(Word.CLOUD)
    nameless = words.index("") if "" in words else -1
    found: Indices = order[(at(chosen, order) == 1) & (clouds[order] != nameless)]
    return found


def _whole(snapshot: Snapshot, state: State, column: int) -> Words:
    pieces = ((part, part.column(state, column)) for part in snapshot.parts())
    return snapshot.gathered((part, none_of(part.words << 6) if words is None else words) for part, words in pieces)


def _suspect(clouds: Indices, tried: int, of_cloud: dict[int, list[int]]) -> Suspect:
    """Rule 3."""
    if len(clouds) > 1 and len(clouds) * _SHARE >= tried:
        return Suspect.TEST
    if len(clouds) == 1 and len(of_cloud[int(clouds[0])]) >= _MANY:
        return Suspect.CLOUD
    return Suspect.OPEN
