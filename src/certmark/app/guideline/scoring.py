"""Capabilities, scored: what a person names is read, fill from evidence, and put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.guideline.editing import tell
from certmark.app.guideline.score_proposals import ScoreEvidence, propose_marks
from certmark.authoring.changes.editable import EditableGuideline
from certmark.authoring.changes.marks import TakeMarks
from certmark.authoring.changes.opening import read_guideline
from certmark.authoring.scores import ScoreReport, report_on
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.score_evidence import Proposal, fill
from certmark.domain.scoring import ScoreRow, what_if_from
from certmark.formats.guideline import load
from certmark.formats.scores.sheet import Sheet
from certmark.formats.scores.sources import ScoreSource, criteria_for, load_scores


@dataclass(frozen=True, kw_only=True)
class ScoreRequest:
    """What is scored, and under which criteria."""

    scores: Sequence[str]
    """Worksheets, tables, documents of marks, guidelines; the others are held against the first."""
    criteria: str | None = None
    """A shipped set, or a guideline; None: the scores' own, else what fits their marks."""
    what_if: Sequence[str] = ()
    """`complete=10`, `cutoff=70`, `CAPABILITY.deployed=1`."""
    evidence: ScoreEvidence | None = None
    """What marks are proposed from; None: nothing is proposed."""
    fill: bool = False
    """Whether proposals take the place of open marks."""
    scorer: str = ""
    """Who stands behind marks that have no scorer yet."""


class ScoreResult(NamedTuple):
    """What there is to say of the first scoring, and the worksheet that it was read from."""

    report: ScoreReport
    sheet: Sheet | None


def score_capabilities(request: ScoreRequest, listen: Listener = ignore) -> ScoreResult:
    """Score. Raises InvalidRequest, FormatError, ContradictoryResults, CloudError or OSError."""
    if not request.scores:
        raise InvalidRequest("name what to score: a worksheet, a table, a document of marks or a guideline")
    sources = _load(request.scores, listen)
    criteria = criteria_for(request.criteria, sources)
    proposals: Sequence[Proposal] = ()
    if request.evidence is not None:
        proposals = propose_marks(_guideline_in(sources), request.evidence, listen)
    first = sources[0].scoring
    first = first._replace(rows=_completed(first.rows, proposals if request.fill else (), request.scorer))
    report = report_on(
        first,
        criteria,
        others=[source.scoring for source in sources[1:]],
        what_if=what_if_from(request.what_if, criteria, first.rows) if request.what_if else None,
        proposals=proposals,
    )
    guideline = sources[0].guideline
    if report.contradictions and guideline is not None and guideline.is_draft:
        listen(Remark(f"{guideline.id} is a draft: whether what contradicts its scores stays is still to be decided"))
    return ScoreResult(report, sources[0].sheet)


def write_achievements(report: ScoreReport, named: str, listen: Listener = ignore) -> bytes:
    """The guideline `named` with the marks of `report` as its achievements. Raises FormatError or OSError."""
    guideline = load(named)
    file = read_guideline(guideline.data, Path(named), named)
    plan = TakeMarks(report.scoring.rows).plan(EditableGuideline(file.model))
    tell(plan, listen)
    return file.bytes_of(file.edited(plan.operations))


def _load(paths: Sequence[str], listen: Listener) -> list[ScoreSource]:
    """Each of `paths`; two files of one name are called as the person called them."""
    sources = [load_scores(path) for path in paths]
    for source in sources:
        for sentence in source.remarks:
            listen(Remark(sentence))
    names = [source.scoring.name for source in sources]
    return [
        source._replace(scoring=source.scoring._replace(name=path)) if names.count(source.scoring.name) > 1 else source
        for source, path in zip(sources, paths, strict=True)
    ]


def _guideline_in(sources: Sequence[ScoreSource]) -> Guideline:
    for source in sources:
        if source.guideline is not None:
            return source.guideline
    raise InvalidRequest("evidence needs a guideline among the scores: it says which tests stand for a capability")


def _completed(rows: Sequence[ScoreRow], proposals: Sequence[Proposal], scorer: str) -> tuple[ScoreRow, ...]:
    """With proposals in the place of open marks, and the scorer's name on marks that have none."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return tuple(_signed(fill(row, proposals, "computed", today), scorer, today) for row in rows)


def _signed(row: ScoreRow, scorer: str, date: str) -> ScoreRow:
    if not scorer:
        return row
    marks = {
        key: mark if mark.scorer else mark._replace(scorer=scorer, date=mark.date or date)
        for key, mark in row.marks.items()
    }
    return row._replace(marks=marks)
