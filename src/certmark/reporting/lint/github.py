"""Findings as annotations, which GitHub shows at the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.domain.findings import LintFinding, Severity
from certmark.reporting.github import annotation

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def write(findings: Iterable[LintFinding]) -> bytes:
    """A line for each of `findings`."""
    return "".join(map(_line, findings)).encode()


def _line(finding: LintFinding) -> str:
    place = {"file": finding.file, "line": str(finding.line), "col": str(finding.column), "title": finding.rule.id}
    return annotation(_KINDS[finding.rule.severity], finding.message, place)
