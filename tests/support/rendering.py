"""A verdict in a form named by its word, as the command line writes it."""

from __future__ import annotations

from certmark.domain.verdict_values import Verdict
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form, render

FORMATS = tuple(form.value for form in VerdictView.forms)


def rendered(name: str, verdict: Verdict, *, evaluator: str, full: bool = False) -> bytes:
    return render(VerdictView(verdict, evaluator=evaluator, full=full), Form(name))
