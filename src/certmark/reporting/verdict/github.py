"""A verdict as annotations of a GitHub workflow: its sentence, then a line for each cause of what did not pass."""

from __future__ import annotations

from certmark.domain.phrases import counted, some
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import Standing, Verdict
from certmark.reporting.github import annotation
from certmark.reporting.verdict.failures import FailureGroup, FailureKind, causes

_SHOWN = 3
"""Tests named of a cause."""
_KINDS = {Standing.PASS: "notice", Standing.FAIL: "error"}


def write(verdict: Verdict) -> bytes:
    """The lines; what the policy sets aside is left out."""
    first = annotation(_KINDS.get(verdict.standing, "warning"), sentence(verdict), {"title": verdict.program.name})
    return (first + "".join(_line(cause) for cause in causes(verdict) if cause.weighs)).encode()


def _line(cause: FailureGroup) -> str:
    kind = "error" if cause.kind is FailureKind.FAILED else "warning"
    names = some([settled.test.name for settled in cause.tests], _SHOWN)
    where = f"{cause.scope}: " if cause.scope else ""
    title = f"{cause.kind.value}: {counted(len(cause.tests), 'test')}"
    return annotation(kind, f"{where}{cause.said} ({names})", {"title": title})
