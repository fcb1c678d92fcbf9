"""A verdict, shown in every form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from certmark.domain.run_summary import RunSummary
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import Verdict
from certmark.reporting.blocks import Block
from certmark.reporting.views import PEOPLE, Form, View

if TYPE_CHECKING:
    from certmark.formats.results.junit.suites import JUnitSuite

WITH_DIGESTS = frozenset({Form.JSON, Form.HTML, Form.TEXT, Form.MARKDOWN, Form.SCS})
"""The forms that name the SHA-256 of the evidence: worth computing only for them."""


class VerdictView(View):
    """A verdict: its report in text, JSON (`certmark-report`), JUnit XML, HTML, Markdown; annotations for GitHub."""

    forms = (*PEOPLE, Form.JUNIT, Form.GITHUB)

    def __init__(
        self,
        verdict: Verdict,
        *,
        evaluator: str,
        full: bool = False,
        hint: str = "",
        subject: str | None = None,
        runs: Sequence[RunSummary] = (),
        steps: Sequence[str] = (),
    ) -> None:
        """`evaluator` is the version that judged.

        `full` shows long lists whole in text and Markdown; `hint` says how to ask for that. `subject` is what another
        programme calls the cloud. `runs` are behind the results, and `steps` what may be done next, in words.
        """
        self._runs = tuple(runs)
        self._steps = tuple(steps)
        self._subject = subject
        self._hint = hint
        self.title = verdict.program.name
        self.headline = sentence(verdict)
        self._verdict = verdict
        self._evaluator = evaluator
        self._full = full

    def blocks(self) -> Iterable[Block]:
        """The report as it is read."""
        from certmark.reporting.verdict.outline import outline

        return outline(self._verdict, full=self._full, hint=self._hint, runs=self._runs)

    def suites(self) -> tuple[JUnitSuite, ...]:
        """A suite for each capability."""
        from certmark.reporting.verdict.junit import suites_of

        return suites_of(self._verdict)

    def page(self) -> bytes:
        """The report on a page of its own: map, causes, capabilities."""
        from certmark.reporting.verdict.html import render_html

        return render_html(self._verdict, evaluator=self._evaluator, runs=self._runs, steps=self._steps)

    def json(self) -> bytes:
        """The report as it is read back (`formats.results.report`)."""
        from certmark.formats.results.report.document import write_report

        return write_report(self._verdict, self._verdict.results.evidence, evaluator=self._evaluator)

    def other(self, form: Form) -> bytes:
        """The report for SCS' compliance monitor, which only some programs have; annotations of a GitHub workflow."""
        if form is Form.GITHUB:
            from certmark.reporting.verdict import github

            return github.write(self._verdict)
        if form is not Form.SCS:
            return super().other(form)
        from certmark.formats.results.scs_monitor import write_scs_report

        return write_scs_report(self._verdict, subject=self._subject, evaluator=self._evaluator)
