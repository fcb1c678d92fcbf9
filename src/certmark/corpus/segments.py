"""What became of every test in up to 65,536 runs: for each outcome and test a column of bits.

1. A column is there where a run has that outcome: what never happened takes no memory.
2. Runs are only ever added, and a bit that was set for a run stays: whoever knows how many runs there were before
   reads on while others are added.
3. Pages that were kept elsewhere are fetched when somebody looks at one of their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import numpy as np

from certmark.corpus.bits import Codes, Indices, Words, columns_of, sizes_of, words_for
from certmark.domain.verdict_values import State

RUNS = 1 << 16
"""Runs of a segment."""
WORDS = RUNS >> 6
PAGE = 128
"""Tests whose columns stand together."""
_BYTES = PAGE // 8
OUTCOMES = (None, State.PASSED, State.FAILED, State.SKIPPED, State.SETUP_ERROR, State.NOT_RUN)
"""By the byte of a vector; 0: the run says nothing of the test. `NOT_RUN`: it began and nothing more was heard."""
STATES = tuple(state for state in OUTCOMES if state is not None)
PageKey = tuple[State, int]
"""Tests of one page, and what they came to."""


class RunSegment:
    """Some runs, in the order in which they came."""

    def __init__(
        self,
        runs: int = 0,
        kept: Mapping[PageKey, Callable[[], Words]] | None = None,
        sizes: Callable[[], Mapping[PageKey, Indices]] | None = None,
    ) -> None:
        """With so many runs whose pages are `kept`, and what `sizes` says of their columns (rule 3)."""
        self._sizes: dict[PageKey, tuple[int, Indices]] = {}
        self._kept_sizes = (runs, sizes)
        self.words = WORDS
        """There is room for so many words of runs; whoever adds a few runs only may set it before, and saves memory."""
        self._pages: dict[PageKey, Words] = {}
        self._kept = dict(kept or {})
        self.runs = runs
        self.worked_out: dict[Hashable, tuple[int, Any]] = {}
        """What others worked out of its columns, by what it is, and for how many runs; any of it may go."""

    def column(self, state: State, test: int) -> Words | None:
        """The runs in which the test came to `state`; None: in none. Words behind the last run's are not set."""
        page = self.page((state, test // PAGE))
        if page is None:
            return None
        column: Words = page[test % PAGE]
        return column

    def page(self, key: PageKey) -> Words | None:
        """The columns of PAGE tests; None: none of them ever came to that."""
        found = self._pages.get(key)
        if found is None and key in self._kept:
            # Two who fetch at once have the same; nobody adds before there is one.
            found = self._pages.setdefault(key, self._kept[key]())
        return found

    def sizes(self, key: PageKey) -> Indices:
        """How many of all its runs are in each column of a page; counted once."""
        runs, fetch = self._kept_sizes
        if fetch is not None and runs == self.runs:
            self._sizes |= {one: (runs, counts) for one, counts in fetch().items()}
        self._kept_sizes = (0, None)
        counted, found = self._sizes.get(key, (-1, None))
        if counted != self.runs or found is None:
            page, counted = self.page(key), self.runs
            found = np.zeros(PAGE, np.int64) if page is None else sizes_of(page[:, : words_for(counted)])
            self._sizes[key] = counted, found
        return found

    def page_keys(self) -> list[PageKey]:
        """The pages that say something."""
        return list(dict.fromkeys((*list(self._pages), *self._kept)))

    def present(self, test: int) -> Words | None:
        """The runs that say something of the test."""
        columns = [column for state in STATES if (column := self.column(state, test)) is not None]
        if len(columns) < 2:
            return columns[0] if columns else None
        found: Words = np.bitwise_or.reduce(columns)
        return found

    def add(self, codes: Codes) -> None:
        """Add runs: a row for each, with a byte of OUTCOMES for each test. They must fit."""
        runs, tests = codes.shape
        ahead = self.runs & 63
        rows = words_for(ahead + runs) << 6
        bits = np.zeros((3, rows, -(-tests // PAGE) * _BYTES), np.uint8)
        for place in range(3):
            packed = np.packbits(codes & (1 << place), axis=1, bitorder="little")
            bits[place, ahead : ahead + runs, : packed.shape[1]] = packed
        for code, state in enumerate(OUTCOMES):
            if state is not None:
                first, second, third = (bits[place] if code >> place & 1 else ~bits[place] for place in range(3))
                self._set(state, first & second & third, self.runs >> 6)
        self.runs += runs

    def _set(self, state: State, packed: Codes, first: int) -> None:
        """`packed`: for each run its tests, eight to a byte."""
        used = packed.reshape(len(packed), -1, _BYTES).any(axis=(0, 2))
        for number in np.flatnonzero(used):
            columns = columns_of(packed[:, number * _BYTES : (number + 1) * _BYTES])
            page = self.page((state, int(number)))
            if page is None:
                # Memory of a column is taken when a bit of it is set.
                page = np.zeros((PAGE, self.words), np.uint64)
                self._pages[state, int(number)] = page
            page[:, first : first + columns.shape[1]] |= columns

    def numbers(self) -> Iterator[int]:
        """The numbers of the pages that say something."""
        yield from sorted({number for _, number in self.page_keys()})
