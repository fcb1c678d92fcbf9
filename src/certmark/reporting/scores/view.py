"""Scores in every form, and the sets of criteria."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certmark.authoring.scores import ScoreReport
from certmark.domain.advice import Words
from certmark.domain.scoring import CriteriaSet
from certmark.formats.scores.document import ScoreDocument, write_document
from certmark.formats.scores.sheet import Sheet, write_sheet
from certmark.formats.scores.table import write_table
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table
from certmark.reporting.documents import Document
from certmark.reporting.views import PEOPLE, Form, View

CONVERSIONS = frozenset((Form.CSV, Form.SHEET, Form.MARKS))
"""Forms that say nothing of contradictions: what was read, written another way."""


class ScoreView(View):
    """All that is said of one scoring."""

    forms = (*PEOPLE, Form.CSV, Form.SHEET, Form.MARKS)

    def __init__(
        self, report: ScoreReport, sheet: Sheet | None = None, *, full: bool = False, words: Words = str
    ) -> None:
        """`sheet` is what was read; `full` shows every capability, else `words` says how they are had."""
        self.title = f"Scores of {report.scoring.name}"
        self._report = report
        self._sheet = sheet
        self._full = full
        self._words = words

    def blocks(self) -> Iterable[Block]:
        """The most important first."""
        from certmark.reporting.scores.blocks import score_blocks

        return score_blocks(self._report, self._words, full=self._full)

    def document(self) -> Document:
        """`certmark-score-report`."""
        from certmark.reporting.scores.document import score_document

        return score_document(self._report)

    def page(self) -> bytes:
        """A heat map that needs neither colour nor scripts."""
        from certmark.reporting.scores.page import score_page

        return score_page(self.title, self._report)

    def other(self, form: Form) -> bytes:
        """The marks as a table, a worksheet or our own document."""
        rows, criteria = self._report.scoring.rows, self._report.criteria
        if form is Form.CSV:
            return write_table(rows, criteria)
        if form is Form.SHEET:
            return write_sheet(self._sheet or Sheet((), ""), rows, criteria)
        return write_document(ScoreDocument(self._report.scoring.name, criteria, rows))


class CriteriaView(View):
    """Sets of criteria with their weights."""

    title = "Sets of criteria"

    def __init__(self, sets: Sequence[CriteriaSet]) -> None:
        self._sets = sets

    def blocks(self) -> Iterable[Block]:
        """A sentence and a table for each."""
        yield Heading(self.title)
        for criteria in self._sets:
            total = f"{criteria.id}: cut-off {criteria.cutoff} of {criteria.total}"
            yield Sentence(total + (f"; {criteria.note}" if criteria.note else ""))
            yield Table(tuple(criteria.weights), (tuple(Cell(str(weight)) for weight in criteria.weights.values()),))

    def document(self) -> Document:
        """`certmark-criteria`."""
        from certmark.reporting.scores.document import criteria_document

        return Document("certmark-criteria", 1, {"sets": [criteria_document(criteria) for criteria in self._sets]})
