"""The report as one HTML file: for a manager, for an engineer, on a phone, without a network.

Nothing is loaded, and all of it can be read without the one script in it (search, open all); a content
security policy names the script's digest and allows nothing else. Everything
foreign is escaped by the template engine, after `plain` has taken out what does not print.
"""

from __future__ import annotations

from collections.abc import Sequence

from certmark.domain.run_summary import RunSummary
from certmark.domain.verdict_values import Verdict
from certmark.reporting.pages import page_environment
from certmark.reporting.verdict.page import report_page


def render_html(
    verdict: Verdict, *, evaluator: str, runs: Sequence[RunSummary] = (), steps: Sequence[str] = ()
) -> bytes:
    """The verdict as a whole HTML document, in UTF-8. `evaluator` is the version of Certmark.

    `runs` are those behind the results; `steps` say what may be done next.
    """
    page = report_page(verdict, evaluator=evaluator, runs=runs, steps=steps)
    return (page_environment().get_template("report.html.j2").render(page=page) + "\n").encode()
