"""The matrix: capabilities by clouds or products, in the order of their names; nothing is added up to a score."""

from __future__ import annotations

from enum import Enum

import msgspec

from certmark.domain.queries.tree import CapabilityTerm, Word, WordTerm
from certmark.server.services import asked_tests, matrices
from certmark.server.services.context import Services
from certmark.server.services.matrices import Matrix, MatrixColumn, MatrixWish
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown
from certmark.server.web.tallies import ShownRun, all_of, of_cloud, shown_run

_LEVELS = ("required", "advisory", "deprecated", "removed")


class ColumnKind(Enum):
    """What stands in the columns."""

    CLOUD = "cloud"
    PRODUCT = "product"


class MatrixWanted(msgspec.Struct, frozen=True):
    """What of it."""

    guideline: str = ""
    program: str = ""
    level: str = ""
    """Empty: required and advisory."""
    vendor: str = ""
    by: ColumnKind = ColumnKind.CLOUD
    behind: str = ""


class ColumnHead(msgspec.Struct, frozen=True):
    """A cloud or a product."""

    name: str
    path: str
    vendor: str
    run: ShownRun
    standing: str
    """Of its newest run for the program, under the guideline of the page."""
    passed: int
    counted: int


class Cell(msgspec.Struct, frozen=True):
    """A capability in the newest run of a cloud."""

    standing: str
    passed: int
    counted: int
    query: str
    """For all runs of the cloud in which the capability came to that."""


class MatrixRow(msgspec.Struct, frozen=True):
    """A capability."""

    key: str
    name: str
    level: str
    cells: list[Cell]


class MatrixPage(msgspec.Struct, frozen=True):
    """A page of it."""

    wanted: MatrixWanted
    guideline: str
    program: str
    guidelines: list[str]
    programs: list[str]
    vendors: list[str]
    levels: list[str]
    columns: list[ColumnHead]
    rows: list[MatrixRow]
    behind: str | None


def _shown(services: Services, asked: PageRequest) -> Shown:
    wanted = asked.query(MatrixWanted)
    wish = MatrixWish(wanted.guideline, wanted.program, wanted.vendor, wanted.by is ColumnKind.PRODUCT, wanted.behind)
    found = matrices.matrix(services, asked.asker, wish)
    now = services.clock()
    levels = [wanted.level] if wanted.level in _LEVELS else ["required", "advisory"]
    page = MatrixPage(
        wanted=wanted,
        guideline=found.revision.id,
        program=found.yardstick.program.name,
        guidelines=[one.id for one in asked_tests.newest_of_each(services)],
        programs=[one.name for one in found.yardstick.guideline.programs],
        vendors=found.vendors,
        levels=levels,
        columns=[_head(found, place, wanted.by, now) for place in range(len(found.columns))],
        rows=_rows(found, levels, wanted.by),
        behind=found.behind,
    )
    heads = ("capability", "level", *(one.name for one in page.columns))
    lines = (
        (row.key, row.level, *(f"{cell.standing} {cell.passed}/{cell.counted}" for cell in row.cells))
        for row in page.rows
    )
    title = f"Capabilities by {wanted.by.value}s"
    return Shown("results/matrix.html.j2", title, page, section="matrix", csv=(heads, lines))


def _head(found: Matrix, place: int, kind: ColumnKind, now: int) -> ColumnHead:
    column, total = found.columns[place], found.board.program[place]
    return ColumnHead(
        name=column.name,
        path=f"/clouds/{column.run.cloud}" if kind is ColumnKind.CLOUD else "",
        vendor=column.run.vendor,
        run=shown_run(column.run, now),
        standing=total.standing.value,
        passed=total.passed,
        counted=total.counted,
    )


def _rows(found: Matrix, levels: list[str], kind: ColumnKind) -> list[MatrixRow]:
    known = found.yardstick.guideline.capabilities
    return [
        MatrixRow(
            row.key,
            known[row.key].name if row.key in known else row.key,
            row.level.value,
            [
                Cell(
                    cell.standing.value,
                    cell.passed,
                    cell.counted,
                    all_of(*_which(column, kind), CapabilityTerm(row.key, cell.standing)),
                )
                for column, cell in zip(found.columns, row.cells, strict=True)
            ],
        )
        for row in found.board.rows
        if row.level.value in levels
    ]


def _which(column: MatrixColumn, kind: ColumnKind) -> tuple[WordTerm, ...]:
    if kind is ColumnKind.CLOUD:
        return (of_cloud(column.run.cloud),)
    words = ((Word.VENDOR, column.run.vendor), (Word.PRODUCT, column.run.product))
    return tuple(WordTerm(word, value) for word, value in words if value)


PAGES = (PageRoute("/matrix", _shown, forms=("json", "csv")),)
