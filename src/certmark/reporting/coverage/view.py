"""A coverage in every form."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.domain.advice import Words
from certmark.domain.covered_tests import Coverage
from certmark.domain.gaps import Gaps
from certmark.reporting.blocks import Block
from certmark.reporting.coverage.blocks import coverage_blocks, suite_of
from certmark.reporting.coverage.gaps import gap_blocks
from certmark.reporting.documents import Document
from certmark.reporting.views import View


class CoverageView(View):
    """A guideline against a suite, and what no guideline tracks."""

    def __init__(self, coverage: Coverage, gaps: Gaps | None = None, *, full: bool = False, words: Words = str) -> None:
        """`full` lists every test; else `words` says how they are had."""
        self.title = f"Guideline {coverage.guideline} against {suite_of(coverage)}"
        self._coverage = coverage
        self._gaps = gaps
        self._full = full
        self._words = words

    def blocks(self) -> Iterable[Block]:
        """The coverage, then the gaps."""
        yield from coverage_blocks(self._coverage, self._words, full=self._full)
        if self._gaps is not None:
            yield from gap_blocks(self._gaps, self._words, full=self._full)

    def document(self) -> Document:
        """`certmark-coverage`."""
        from certmark.reporting.coverage.document import coverage_document

        return coverage_document(self._coverage, self._gaps)

    def page(self) -> bytes:
        """Charts that hatch what they colour, tables, every test."""
        from certmark.reporting.coverage.html import coverage_html

        return coverage_html(self.title, self._coverage, self._gaps)
