"""What was found in guidelines, in every form."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.authoring.lint.checks import LintReport
from certmark.domain.advice import Words
from certmark.formats.results.junit.suites import JUnitSuite
from certmark.reporting.blocks import Block
from certmark.reporting.documents import Document
from certmark.reporting.views import PEOPLE, Form, View


class LintView(View):
    """A report of the linter. JSON and SARIF have every finding, the other forms those that weigh."""

    forms = (*PEOPLE, Form.SARIF, Form.JUNIT, Form.GITHUB)
    title = "certmark guideline lint"

    def __init__(self, report: LintReport, *, evaluator: str, full: bool = False, words: Words = str) -> None:
        """`evaluator` is the version that checked; `full` lists the findings also where they are many.

        `words` says what a reader may do.
        """
        self._report = report
        self._evaluator = evaluator
        self._full = full
        self._words = words

    def blocks(self) -> Iterable[Block]:
        """Lines, or a summary."""
        from certmark.reporting.lint.blocks import lint_blocks

        return lint_blocks(self._report, self._words, full=self._full)

    def page(self) -> bytes:
        """A table for each file."""
        from certmark.reporting.lint.blocks import page_blocks
        from certmark.reporting.pages import page_of

        return page_of("Guidelines, checked", page_blocks(self._report, self._words, full=self._full))

    def document(self) -> Document:
        """`certmark-findings`."""
        from certmark.reporting.lint.document import document_of

        return document_of(self._report.findings, self._report.files, self._evaluator)

    def suites(self) -> tuple[JUnitSuite, ...]:
        """A suite for each file."""
        from certmark.reporting.lint.junit import suites_of

        return suites_of(self._report.weighing, self._report.files)

    def other(self, form: Form) -> bytes:
        """SARIF, and annotations of GitHub."""
        from certmark.reporting.lint import github, sarif

        if form is Form.SARIF:
            return sarif.write(self._report.findings, self._report.files, self._evaluator)
        return github.write(self._report.weighing)
