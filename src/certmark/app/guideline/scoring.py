"""The work of `certmark guideline score`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
from collections.abc import Callable, Sequence

from certmark.app.files import write_file
from certmark.app.inputs.scores import Source, criteria_for, read_source, what_if_of
from certmark.authoring.scores import ScoreReport, report_on
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.exits import Exit
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.score_evidence import Proposal, filled
from certmark.domain.scoring import ScoreRow
from certmark.formats.guideline import load
from certmark.formats.scores.achievements import with_achievements
from certmark.formats.scores.criteria import shipped_criteria
from certmark.formats.scores.document import ScoreDocument, write_document
from certmark.formats.scores.sheet import Sheet, write_sheet
from certmark.formats.scores.table import write_table
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table
from certmark.reporting.scores.blocks import blocks_of
from certmark.reporting.scores.document import document_of
from certmark.version import __version__

_CONVERSIONS = frozenset({"csv", "sheet", "marks"})
"""Forms that say nothing of contradictions: what was read, written another way."""
_ENDINGS = {".html": "html", ".md": "markdown", ".json": "json", ".csv": "csv", ".txt": "text"}


def score_guideline(args: argparse.Namespace, console: Console) -> int:
    """Read, look, show or write."""
    if args.list_criteria:
        show_blocks(_criteria_blocks(), console)
        return Exit.OK
    if not args.scores:
        raise InvalidRequest("name what to score: a worksheet, a table, a document of marks or a guideline")
    sources = _told_apart([read_source(path, console) for path in args.scores], args.scores)
    criteria = criteria_for(args.criteria, sources)
    proposals = _proposals(args, sources, console)
    first = _completed(sources[0], proposals if args.fill else (), args.scorer)
    what_if = what_if_of(args.what_if, criteria, first.scoring.rows) if args.what_if else None
    report = report_on(
        first.scoring,
        criteria,
        others=[source.scoring for source in sources[1:]],
        what_if=what_if,
        proposals=proposals,
    )
    if args.into is not None:
        _write_into(args, report, console)
        return Exit.OK
    form = args.format or _by_ending(args.output)
    _put(form, args, report, first, console)
    return Exit.FAIL if report.contradictions and form not in _CONVERSIONS else Exit.OK


def _told_apart(sources: Sequence[Source], paths: Sequence[str]) -> list[Source]:
    """Two files of one name are called as the person called them."""
    names = [source.scoring.name for source in sources]
    return [
        source._replace(scoring=source.scoring._replace(name=path)) if names.count(source.scoring.name) > 1 else source
        for source, path in zip(sources, paths, strict=True)
    ]


def _criteria_blocks() -> list[Block]:
    blocks: list[Block] = [Heading("Sets of criteria")]
    for criteria in shipped_criteria().values():
        keys = tuple(criteria.weights)
        total = f"{criteria.id}: cut-off {criteria.cutoff} of {criteria.total}"
        blocks.append(Sentence(total + (f"; {criteria.note}" if criteria.note else "")))
        blocks.append(Table(keys, (tuple(Cell(str(criteria.weights[key])) for key in keys),)))
    return blocks


def _proposals(args: argparse.Namespace, sources: Sequence[Source], console: Console) -> list[Proposal]:
    if not args.evidence:
        return []
    from certmark.app.guideline.score_proposals import proposals_for

    return proposals_for(_guideline_in(sources), args, console)


def _guideline_in(sources: Sequence[Source]) -> Guideline:
    for source in sources:
        if source.guideline is not None:
            return source.guideline
    raise InvalidRequest("--evidence needs a guideline among SCORES: it says which tests stand for a capability")


def _completed(source: Source, proposals: Sequence[Proposal], scorer: str) -> Source:
    """With proposals in the place of open marks, and the scorer's name on marks that have none."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    rows = tuple(
        _signed(filled(row, proposals, "computed", today), scorer, today if scorer else "")
        for row in source.scoring.rows
    )
    return source._replace(scoring=source.scoring._replace(rows=rows))


def _signed(row: ScoreRow, scorer: str, date: str) -> ScoreRow:
    marks = {
        key: given if given.scorer or not scorer else given._replace(scorer=scorer, date=given.date or date)
        for key, given in row.marks.items()
    }
    return row._replace(marks=marks)


def _write_into(args: argparse.Namespace, report: ScoreReport, console: Console) -> None:
    guideline = load(args.into)
    data = with_achievements(guideline, report.scoring.rows)
    unknown = [row.capability for row in report.scoring.rows if row.capability not in guideline.capabilities]
    if unknown:
        shown = ", ".join(unknown[:3])
        console.remark(f"{len(unknown)} scored capabilities are not in {guideline.id} and were left out: {shown} …")
    _out(args, data, console)


def _put(form: str, args: argparse.Namespace, report: ScoreReport, source: Source, console: Console) -> None:
    if form == "text" and args.output is None:
        show_blocks(blocks_of(report, full=args.full), console)
        return
    _out(args, _rendered(form, report, source, full=args.full), console)


def _by_ending(path: str | None) -> str:
    return "text" if path is None else _ENDINGS.get(os.path.splitext(path)[1].lower(), "text")


def _rendered(form: str, report: ScoreReport, source: Source, *, full: bool) -> bytes:
    rows, criteria = report.scoring.rows, report.criteria
    if form in {"text", "markdown"}:
        return _written(form, blocks_of(report, full=full)).encode()
    if form == "html":
        from certmark.reporting.scores.page import render_page

        return render_page(report, evaluator=__version__)
    makers: dict[str, Callable[[], bytes]] = {
        "json": lambda: _as_json(report),
        "csv": lambda: write_table(rows, criteria),
        "sheet": lambda: write_sheet(source.sheet or Sheet((), ""), rows, criteria),
        "marks": lambda: write_document(ScoreDocument(report.scoring.name, criteria, rows)),
    }
    return makers[form]()


def _as_json(report: ScoreReport) -> bytes:
    return (json.dumps(document_of(report), indent=1, ensure_ascii=False) + "\n").encode()


def _written(form: str, blocks: Sequence[Block]) -> str:
    if form == "markdown":
        from certmark.reporting.markdown import render_markdown

        return render_markdown(blocks)
    from certmark.reporting.text import render_text

    return render_text(blocks)


def _out(args: argparse.Namespace, data: bytes, console: Console) -> None:
    if args.output is None:
        console.data_bytes(data)
    else:
        write_file(args.output, data)
