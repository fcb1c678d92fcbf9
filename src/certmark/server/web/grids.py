"""The grid of a cloud: its tests by its last runs, the newest on the left; those that failed last stand first."""

from __future__ import annotations

from enum import Enum

import msgspec

from certmark.corpus.grids import GridRow, grid_of
from certmark.server import ids
from certmark.server.services import cloud_runs
from certmark.server.services.cloud_runs import LastRuns
from certmark.server.services.context import Services
from certmark.server.services.yardsticks import yardstick_named
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, Shown
from certmark.server.web.tallies import ShownRun, shown_run

_AT_ONCE = 200
"""Tests of a page."""


class Only(Enum):
    """Which tests."""

    ALL = ""
    UNSTABLE = "unstable"
    FAILING = "failing"


class GridWanted(msgspec.Struct, frozen=True):
    """What of it."""

    n: int = 20
    only: Only = Only.ALL
    capability: str = ""
    guideline: str = ""
    program: str = ""
    behind: int = 0
    """So many tests stand before the first one of this page."""


class ShownCell(msgspec.Struct, frozen=True, array_like=True):
    """Runs, one beside the other, in which the same became of a test."""

    state: str
    """Empty: these runs say nothing of it."""
    runs: int
    newest: str
    """The id of the newest of them."""


class ShownGridRow(msgspec.Struct, frozen=True):
    """A test."""

    name: str
    uuid: str
    flips: int
    cells: list[ShownCell]


class GridPage(msgspec.Struct, frozen=True):
    """A page of it."""

    name: str
    path: str
    wanted: GridWanted
    runs: list[ShownRun]
    """The newest first."""
    rows: list[ShownGridRow]
    tests: int
    """All that fit."""
    totals: dict[str, int]
    """How many tests there are of each kind that may be wanted."""
    behind: int | None
    capabilities: list[str]


def shown(services: Services, asked: PageRequest, subject: str) -> Shown:
    """The page. Raises NotFound, FormatError or InvalidRequest."""
    wanted = asked.query(GridWanted)
    number = min(max(wanted.n, 2), cloud_runs.MOST)
    runs = cloud_runs.last_runs(services, asked.asker, subject, number)
    every = grid_of(runs.snapshot, range(len(runs.rows)))
    capabilities: list[str] = []
    if wanted.capability or wanted.guideline:
        every, capabilities = _of_capability(services, wanted, runs, every)
    chosen = [row for row in every if _is_wanted(row, wanted.only)]
    first = max(0, wanted.behind)
    page = GridPage(
        name=runs.subject,
        path=f"/clouds/{runs.subject}/grid",
        wanted=wanted,
        runs=[shown_run(runs.snapshot.facts_of(place), services.clock()) for place in range(len(runs.rows))],
        rows=[_row(row, runs) for row in chosen[first : first + _AT_ONCE]],
        tests=len(chosen),
        totals={only.value: sum(_is_wanted(row, only) for row in every) for only in Only},
        behind=first + _AT_ONCE if len(chosen) > first + _AT_ONCE else None,
        capabilities=capabilities,
    )
    freshness = Freshness.PUBLIC if runs.is_public else Freshness.PRIVATE
    heads = ("test", "id", *(ids.written(row.id) for row in runs.rows))
    lines = ((row.name, row.uuid or "", *_states(row)) for row in chosen)
    return Shown("results/grid.html.j2", "Grid", page, section="clouds", csv=(heads, lines), freshness=freshness)


def _is_wanted(row: GridRow, only: Only) -> bool:
    return {Only.ALL: True, Only.UNSTABLE: row.is_unstable, Only.FAILING: row.is_failing}[only]


def _of_capability(
    services: Services, wanted: GridWanted, runs: LastRuns, every: list[GridRow]
) -> tuple[list[GridRow], list[str]]:
    """The tests of a capability; of all that a guideline names, where none is said."""
    _, yardstick = yardstick_named(services, wanted.guideline, wanted.program)
    known = yardstick.guideline.capabilities
    keys = [wanted.capability] if wanted.capability else list(known)
    tests = [test for key in keys if key in known for test in known[key].tests]
    touching = runs.snapshot.tests.touching
    columns = {column for test in tests for column in touching(test.name, test.uuid, test.aliases)}
    return [row for row in every if row.column in columns], sorted(known)


def _row(row: GridRow, runs: LastRuns) -> ShownGridRow:
    cells = [
        ShownCell("" if cell.state is None else cell.state.value, cell.runs, ids.written(runs.rows[cell.newest].id))
        for cell in row.cells
    ]
    return ShownGridRow(row.name, row.uuid or "", row.flips, cells)


def _states(row: GridRow) -> list[str]:
    return [("" if cell.state is None else cell.state.value) for cell in row.cells for _ in range(cell.runs)]
