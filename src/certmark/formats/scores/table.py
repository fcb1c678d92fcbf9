"""The tabulated scores: CSV with a column for each criterion (upstream's `tabulated_scores.csv`).

A vetoed capability has a short row, `name,0`: its marks are not in the table. A name that a spreadsheet would
take for a formula (`=…`, `+…`, `-…`, `@…`) has an apostrophe before it, which reading takes away again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import NoReturn

from certmark.domain.scoring import KEYS, ClaimedScore, CriteriaSet, Decision, ScorerMark, ScoreRow, ScoringInput, score
from certmark.formats.errors import InvalidScores, excerpt

_LARGEST = 4 << 20
_COLUMNS = {
    "deployed": "Widely Deployed", "tools": "Used by Tools", "clients": "Used by Clients",
    "future": "Future Direction", "complete": "Complete", "stable": "Stable",
    "discover": "Discoverable", "doc": "Documented", "sticky": "Core in Last Release",
    "foundation": "Foundation", "atomic": "Atomic", "proximity": "Proximity",
}  # fmt: skip
HEADER = ("Capability", *(_COLUMNS[key] for key in KEYS), "Non-Admin", "Total")
"""The columns, as upstream's script names them."""
_SHORT = 2
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r"'+[=+\-@\t\r]")
_MARKS = {mark.value: mark for mark in ScorerMark}


def read_table(data: bytes, name: str) -> tuple[ScoreRow, ...]:
    """The rows of the table. Raises InvalidScores with the line of the first thing that cannot be read."""
    if len(data) > _LARGEST:
        raise InvalidScores(f"{name} has more than {_LARGEST >> 20} MiB, too much for a table of scores")
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidScores(f"{name} is no CSV: {excerpt(str(error))}") from error
    if not lines or tuple(lines[0]) != HEADER:
        raise InvalidScores(f"{name} does not begin with the columns {', '.join(HEADER[:3])}, … {HEADER[-1]}")
    rows = tuple(_row(cells, number, name) for number, cells in enumerate(lines[1:], 2) if cells)
    seen: set[str] = set()
    for row in rows:
        if row.capability in seen:
            _refuse(row.line, name, f"{excerpt(row.capability)} stands there twice")
        seen.add(row.capability)
    return rows


def _row(cells: Sequence[str], number: int, name: str) -> ScoreRow:
    capability = cells[0][1:] if _QUOTED.match(cells[0]) else cells[0]
    if len(cells) == _SHORT and cells[1] == "0":
        return ScoreRow(capability, {}, needs_admin=True, claim=ClaimedScore(0, is_in=False), line=number)
    if len(cells) != len(HEADER):
        _refuse(number, name, f"it has {len(cells)} cells, not {len(HEADER)}")
    marks = {key: ScoringInput(_mark(cell, number, name)) for key, cell in zip(KEYS, cells[1:-2], strict=True)}
    needs_admin = _mark(cells[-2], number, name) is ScorerMark.NOT_MET
    return ScoreRow(capability, marks, needs_admin=needs_admin, claim=_claim(cells[-1], number, name), line=number)


def _mark(cell: str, number: int, name: str) -> ScorerMark:
    found = _MARKS.get(cell)
    if found is None:
        _refuse(number, name, f"{excerpt(cell, 20)} is no mark; marks are 0, 1, ? and *")
    return found


def _claim(cell: str, number: int, name: str) -> ClaimedScore | None:
    digits = cell.removesuffix("*")
    if digits == "?":
        return None
    if not digits.isdecimal() or len(digits) > len("0000"):
        _refuse(number, name, f"{excerpt(cell, 20)} is no total")
    return ClaimedScore(int(digits), cell.endswith("*"))


def _refuse(number: int | None, name: str, what: str) -> NoReturn:
    raise InvalidScores(f"{name}, line {number}: {what}")


def write_table(rows: Sequence[ScoreRow], criteria: CriteriaSet) -> bytes:
    """The rows as upstream's script writes them, totals by `criteria`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(_cells(row, criteria))
    return out.getvalue().encode()


def _cells(row: ScoreRow, criteria: CriteriaSet) -> list[str]:
    capability = f"'{row.capability}" if _FORMULA.match(row.capability) else row.capability
    if row.needs_admin:
        return [capability, "0"]
    found = score(row, criteria)
    total = str(found.low) if found.is_settled else "?"
    star = "*" if found.decision is Decision.IN and found.is_settled else ""
    return [capability, *(row.mark(key).value for key in KEYS), "1", total + star]
