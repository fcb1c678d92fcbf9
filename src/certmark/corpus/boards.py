"""What single runs came to, capability by capability: how many of the tests that count they passed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import Indices, Words, at
from certmark.corpus.judging import Judge, JudgedPart, Kinds
from certmark.corpus.yardsticks import CapabilityPlan
from certmark.domain.guidelines import Level
from certmark.domain.verdict_values import Standing


class BoardCell(NamedTuple):
    """A capability, or a program, in one run."""

    standing: Standing
    passed: int
    counted: int
    """Of so many tests; a group of which one is enough is one of them."""


class BoardRow(NamedTuple):
    """A capability in all the runs."""

    key: str
    level: Level
    cells: tuple[BoardCell, ...]
    """In the order of the runs."""


class Board(NamedTuple):
    """Capabilities by runs."""

    program: tuple[BoardCell, ...]
    """The required capabilities together, each test once."""
    rows: tuple[BoardRow, ...]


_ORDER = (Standing.PASS, Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_JUDGED)


def board_of(judge: Judge) -> Board:
    """Of every run of the judge's snapshot, which should be one of few runs."""
    totals: list[BoardCell] = []
    cells: dict[str, list[BoardCell]] = {plan.key: [] for plan in judge.plan.capabilities}
    for part in judge.parts():
        runs = np.arange(part.part.runs)
        for plan in judge.plan.capabilities:
            cells[plan.key] += _cells(part.capability(plan), _counted(part, [plan]), runs)
        totals += _cells(part.program(), _counted(part, list(judge.plan.required)), runs)
    rows = (BoardRow(plan.key, plan.level, tuple(cells[plan.key])) for plan in judge.plan.capabilities)
    return Board(tuple(totals), tuple(rows))


def _counted(part: JudgedPart, plans: Sequence[CapabilityPlan]) -> list[Kinds]:
    """Each test once, however many capabilities name it (rule 4 of the verdict)."""
    singles = dict.fromkeys(place for plan in plans for place in plan.singles)
    groups = (part.group(plan, group) for plan in plans for group in plan.groups)
    return [*map(part.kinds, singles), *(kinds for kinds in groups if kinds is not None)]


def _cells(standings: Iterable[Words], counted: Sequence[Kinds], runs: Indices) -> list[BoardCell]:
    passed = np.zeros(len(runs), np.int64)
    total = np.full(len(runs), len(counted), np.int64)
    for kinds in counted:
        passed += at(kinds.passed, runs)
        if kinds.ignored is not None:
            total -= at(kinds.ignored, runs)
    flags = [at(words, runs) for words in standings]
    return [
        BoardCell(
            next(standing for standing, found in zip(_ORDER, flags, strict=True) if found[run]),
            int(passed[run]),
            int(total[run]),
        )
        for run in runs
    ]
