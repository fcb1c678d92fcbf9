"""The tests of one cloud by its last runs: what was equal run after run, as one cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np

from certmark.corpus.history import Snapshot
from certmark.corpus.picking import codes_of
from certmark.corpus.segments import OUTCOMES
from certmark.domain.verdict_values import State

_BAD = frozenset({State.FAILED, State.SETUP_ERROR, State.NOT_RUN})


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
    failed: int | None
    """The place of the newest run in which it did not pass, though it was tried; None: there is none."""
    column: int

    @property
    def is_unstable(self) -> bool:
        """Whether it passed and failed, more than once in turn."""
        return self.flips > 1

    @property
    def is_failing(self) -> bool:
        """Whether the newest run that says anything of it says that it did not pass."""
        first = next((cell for cell in self.cells if cell.state is not None), None)
        return first is not None and first.state in _BAD


def grid_of(snapshot: Snapshot, runs: Sequence[int]) -> list[GridRow]:
    """Of these runs, the newest first: every test of which one says something, the last ones to fail first."""
    codes = codes_of(snapshot, runs, len(snapshot.tests))
    columns = np.flatnonzero(codes.any(axis=0))
    found = [_row(snapshot, int(column), codes[:, column].tolist()) for column in columns]
    return sorted(found, key=_order)


def _row(snapshot: Snapshot, column: int, codes: Sequence[int]) -> GridRow:
    name, uuid = snapshot.tests.keys[column]
    ran = [one for one in codes if OUTCOMES[one] in {State.PASSED, State.FAILED}]
    flips = sum(first != second for first, second in pairwise(ran))
    failed = next((place for place, one in enumerate(codes) if OUTCOMES[one] in _BAD), None)
    return GridRow(name, uuid, tuple(_cells(codes)), flips, failed, column)


def _cells(codes: Sequence[int]) -> Iterator[GridCell]:
    place = 0
    for code, same in groupby(codes):
        runs = sum(1 for _ in same)
        yield GridCell(OUTCOMES[code], runs, place)
        place += runs


def _order(row: GridRow) -> tuple[bool, int, int, str]:
    return row.failed is None, row.failed or 0, -row.flips, row.name
