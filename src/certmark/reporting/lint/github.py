"""Findings as commands of GitHub's workflows, which shows them at the lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions. GitHub shows ten of each kind
for a step.
"""

from __future__ import annotations

from collections.abc import Iterable

from certmark.domain.findings import LintFinding, Severity
from certmark.reporting.text import plain

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def write(findings: Iterable[LintFinding]) -> bytes:
    """A line for each of `findings`; foreign text in it can begin no other command."""
    return "".join(map(_line, findings)).encode()


def _line(finding: LintFinding) -> str:
    properties = {
        "file": finding.file,
        "line": str(finding.line),
        "col": str(finding.column),
        "title": finding.rule.id,
    }
    named = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{_KINDS[finding.rule.severity]} {named}::{_message(finding.message)}\n"


def _message(text: str) -> str:
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
