"""What is known of runs beside their outcomes, as arrays that are added to; what was given out stays as it is.

The first part of each may be kept elsewhere: it is fetched when somebody asks, and adding does not wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class GrowingArray:
    """Values by the place of a run, or places of runs in their order."""

    def __init__(self, kind: Any, kept: int = 0, fetch: Callable[[], NDArray[Any]] | None = None) -> None:
        """The first `kept` values are what `fetch` gives."""
        self._array = np.zeros(1024, kind)
        self._fetch = fetch
        self._ahead = kept if fetch is not None else 0
        """How many are not in the array."""
        self._guard = threading.Lock()
        self.size = self._ahead

    def add(self, values: NDArray[Any]) -> None:
        """Behind the others."""
        with self._guard:
            there = self.size - self._ahead
            needed = there + len(values)
            if needed > len(self._array):
                larger = np.zeros(max(needed, 2 * len(self._array)), self._array.dtype)
                larger[:there] = self._array[:there]
                self._array = larger
            self._array[there:needed] = values
            self.size += len(values)

    def first(self, number: int) -> NDArray[Any]:
        """The first so many, which must be there."""
        if self._fetch is not None:
            with self._guard:
                if self._fetch is not None:
                    kept = self._fetch().astype(self._array.dtype, copy=False)
                    self._array = np.concatenate((kept, self._array[: self.size - self._ahead]))
                    self._ahead, self._fetch = 0, None
        return self._array[:number]


class WordCodes(dict[str, int]):
    """A number for each word, in the order in which they were met."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        super().__init__((word, code) for code, word in enumerate(words))
        self.words = list(words)

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self.words)
        self.words.append(word)
        return code


class WordColumn:
    """For each run a word, by its number."""

    def __init__(self, words: Sequence[str] = (), runs: GrowingArray | None = None) -> None:
        self.codes = WordCodes(words)
        self.runs = GrowingArray(np.int32) if runs is None else runs

    def add(self, words: Sequence[str]) -> None:
        """Those of the next runs."""
        self.runs.add(np.fromiter(map(self.codes.__getitem__, words), np.int32, len(words)))


Label = tuple[str, str]
"""A tag, by key and value; a waiver has an empty key."""
LabelledRuns = Sequence[tuple[Label, NDArray[np.int64]]]


class RunLabels:
    """The runs of each label."""

    def __init__(self, fetch: Callable[[], LabelledRuns] | None = None) -> None:
        """The first runs of each label are what `fetch` gives."""
        self._runs: dict[Label, GrowingArray] = {}
        self._fetch = fetch
        self._guard = threading.Lock()

    def add(self, label: Label, run: int) -> None:
        """A run behind all others."""
        with self._guard:
            self._runs.setdefault(label, GrowingArray(np.int64)).add(np.array([run]))

    def known(self) -> list[Label]:
        """Every label of any run."""
        return list(self._all())

    def runs(self, label: Label) -> NDArray[np.int64]:
        """The runs that have it, in their order. Raises KeyError."""
        found = self._all()[label]
        return found.first(found.size)

    def _all(self) -> dict[Label, GrowingArray]:
        if self._fetch is not None:
            with self._guard:
                if self._fetch is not None:
                    merged: dict[Label, GrowingArray] = {}
                    later = ((label, one.first(one.size)) for label, one in self._runs.items())
                    for label, runs in (*self._fetch(), *later):
                        merged.setdefault(label, GrowingArray(np.int64)).add(runs)
                    self._runs, self._fetch = merged, None
        return self._runs
