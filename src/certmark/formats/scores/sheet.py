"""The working group's scoring worksheet: text with a line of marks for each capability.

    name: [deployed,tools,clients] [future,complete,stable] [discover,doc,sticky]
          [foundation,atomic,proximity] [non-admin] [total]*        (on one line)

Marks are 0, 1, ? (open) and * (not considered); the asterisk at the end says that the total reaches the
cut-off. Blanks between brackets may be missing (the add-ons' sheets). All other lines are notes, kept as
they are. Written back, a sheet keeps every byte but marks, totals and asterisks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from certmark.domain.scoring import KEYS, ClaimedScore, CriteriaSet, Decision, ScorerMark, ScoreRow, ScoringInput, score
from certmark.formats.errors import InvalidScores, excerpt

_LARGEST = 4 << 20
_LONGEST = 2_000
"""Characters of a line."""
_BEGINS = re.compile(r"(\s*)([A-Za-z0-9][\w.+-]{0,199}):(\s*)(?=\[)")
_GROUP = re.compile(r"\[([^\[\]]*)\]")
_MARKS = {mark.value: mark for mark in ScorerMark}
_SIZES = (3, 3, 3, 3, 1, 1)
_TOTAL = re.compile(r"-?\d{1,4}\Z")


class Sheet(NamedTuple):
    """A worksheet: its rows, and its text to write them back into."""

    rows: tuple[ScoreRow, ...]
    text: str


def read_sheet(data: bytes, name: str) -> Sheet:
    """The worksheet `data`. Raises InvalidScores with the line of the first thing that cannot be read."""
    if len(data) > _LARGEST:
        raise InvalidScores(f"{name} has more than {_LARGEST >> 20} MiB, too much for a worksheet")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidScores(f"{name} is no worksheet: byte {error.start} is not UTF-8") from error
    rows = tuple(row for number, line in enumerate(text.split("\n"), 1) if (row := _row(line, number, name)))
    if not rows:
        raise InvalidScores(f'{name} has no line of marks; one looks like "name: [1,1,1] [1,0,1] …"')
    _check_twice(rows, name)
    return Sheet(rows, text)


def _row(line: str, number: int, name: str) -> ScoreRow | None:
    begins = _BEGINS.match(line[:_LONGEST])
    if begins is None:
        return None
    place = f"{name}, line {number}"
    groups = [[part.strip() for part in group.split(",")] for group in _GROUP.findall(line[begins.end() : _LONGEST])]
    if tuple(map(len, groups)) not in {_SIZES, _SIZES[:-1]}:
        _refuse(place, f"{excerpt(begins[2])} needs four groups of three marks, [non-admin], and may have [total]")
    marks = [_mark(mark, place) for group in groups[:4] for mark in group]
    return ScoreRow(
        begins[2],
        {key: ScoringInput(mark) for key, mark in zip(KEYS, marks, strict=True)},
        needs_admin=_mark(groups[4][0], place) is ScorerMark.NOT_MET,
        claim=_claim(groups[5][0], line, place) if len(groups) == len(_SIZES) else None,
        line=number,
    )


def _mark(text: str, place: str) -> ScorerMark:
    found = _MARKS.get(text)
    if found is None:
        _refuse(place, f"{excerpt(text, 20)} is no mark; marks are 0, 1, ? and *")
    return found


def _claim(text: str, line: str, place: str) -> ClaimedScore | None:
    if text in {"", "?"}:
        return None
    if not _TOTAL.match(text):
        _refuse(place, f"{excerpt(text, 20)} is no total")
    return ClaimedScore(int(text), line.rstrip().endswith("*"))


def _check_twice(rows: Sequence[ScoreRow], name: str) -> None:
    seen: dict[str, int | None] = {}
    for row in rows:
        if row.capability in seen:
            _refuse(f"{name}, line {row.line}", f"{excerpt(row.capability)} stands in line {seen[row.capability]}, too")
        seen[row.capability] = row.line


def _refuse(place: str, what: str) -> NoReturn:
    raise InvalidScores(f"{place}: {what}")


def write_sheet(sheet: Sheet, rows: Sequence[ScoreRow], criteria: CriteriaSet) -> bytes:
    """The worksheet with the marks of `rows` and totals by `criteria`; new rows stand at its end."""
    wanted = {row.capability: row for row in rows}
    lines = [_rewritten(line, wanted, criteria) for line in sheet.text.split("\n")]
    added = [_line(f"{row.capability}: ", " ", row, criteria) for row in wanted.values()]
    if added:
        lines = [*lines[:-1], *added, ""] if lines[-1] == "" else [*lines, *added]
    return "\n".join(lines).encode()


def _rewritten(line: str, wanted: dict[str, ScoreRow], criteria: CriteriaSet) -> str:
    begins = _BEGINS.match(line)
    row = wanted.pop(begins[2], None) if begins is not None else None
    if begins is None or row is None:
        return line
    gap = " " if "] [" in line[: line.rfind("[")].rpartition("[")[0] else ""
    end = "\r" if line.endswith("\r") else ""
    return _line(line[: begins.end()], gap, row, criteria) + end


def _line(head: str, gap: str, row: ScoreRow, criteria: CriteriaSet) -> str:
    groups = ["[" + ",".join(row.mark(key).value for key in KEYS[at : at + 3]) + "]" for at in range(0, len(KEYS), 3)]
    found = score(row, criteria)
    total = str(found.low) if found.is_settled else "?"
    star = "*" if found.decision is Decision.IN and found.is_settled else ""
    return f"{head}{gap.join([*groups, f'[{0 if row.needs_admin else 1}]'])} [{total}]{star}"
