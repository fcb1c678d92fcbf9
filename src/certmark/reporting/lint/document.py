"""Findings as JSON, for programs of one's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from certmark.domain.findings import LintFinding, Severity
from certmark.reporting.documents import Document


def document_of(findings: Sequence[LintFinding], files: Sequence[str], version: str) -> Document:
    """What was checked, how many findings there are of each severity and rule, and all of them.

    `version` is that of Certmark. What a baseline lists or somebody accepted is there and not counted.
    """
    new = [finding for finding in findings if finding.weighs]
    body = {
        "evaluator": version,
        "files": list(files),
        "counts": {
            **{level.value: sum(finding.rule.severity is level for finding in new) for level in Severity},
            "known": sum(finding.known for finding in findings),
            "accepted": sum(finding.accepted is not None for finding in findings),
        },
        "rules": dict(sorted(Counter(finding.rule.id for finding in new).items())),
        "findings": [_finding(finding) for finding in findings],
    }
    return Document("certmark-findings", 1, body)


def _finding(finding: LintFinding) -> dict[str, Any]:
    decision = finding.accepted
    return {
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "pointer": finding.pointer,
        "place": finding.place,
        "severity": finding.rule.severity.value,
        "rule": finding.rule.id,
        "message": finding.message,
        "source": finding.source or finding.rule.source,
        "fix": finding.fix or None,
        "known": finding.known,
        "accepted": None if decision is None else {"reason": decision.reason, "by": decision.by, "date": decision.date},
    }
