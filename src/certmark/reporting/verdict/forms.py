"""The verdict, written in five forms: text, JSON, JUnit, HTML and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from certmark.domain.verdict_values import Verdict

Renderer = Callable[[Verdict, str, bool], bytes]
"""verdict, version of the evaluator, whether long lists are shown whole -> the file's content."""


def _text(verdict: Verdict, _evaluator: str, full: bool) -> bytes:
    from certmark.reporting.text import render_text
    from certmark.reporting.verdict.outline import outline

    return render_text(outline(verdict, full=full)).encode()


def _markdown(verdict: Verdict, _evaluator: str, full: bool) -> bytes:
    from certmark.reporting.markdown import render_markdown
    from certmark.reporting.verdict.outline import outline

    return render_markdown(outline(verdict, full=full)).encode()


def _html(verdict: Verdict, evaluator: str, _full: bool) -> bytes:
    from certmark.reporting.verdict.html import render_html

    return render_html(verdict, evaluator=evaluator)


def _junit(verdict: Verdict, _evaluator: str, _full: bool) -> bytes:
    from certmark.reporting.verdict.junit import render_junit

    return render_junit(verdict)


def _json(verdict: Verdict, evaluator: str, _full: bool) -> bytes:
    from certmark.formats.results.report.document import write_report

    return write_report(verdict, verdict.results.evidence, evaluator=evaluator)


FORMATS: Mapping[str, Renderer] = {
    "text": _text,
    "json": _json,
    "junit": _junit,
    "html": _html,
    "markdown": _markdown,
}
"""Every form by the word that a person asks for it with."""


WITH_DIGESTS = frozenset({"json", "html"})
"""The forms that name the SHA-256 of the evidence: worth computing only for them."""


def render(name: str, verdict: Verdict, *, evaluator: str, full: bool = False) -> bytes:
    """`verdict` in the form `name` (a key of `FORMATS`; KeyError else), in UTF-8, with a newline at the end.

    `evaluator` is the version of the software that judged. `full` shows long lists whole in text
    and Markdown; the other forms are always whole.
    """
    return FORMATS[name](verdict, evaluator, full)
