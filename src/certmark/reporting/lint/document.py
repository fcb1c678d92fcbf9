"""Findings as JSON, for programs of one's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from certmark.domain.findings import LintFinding, Severity


def write(findings: Sequence[LintFinding], files: Sequence[str], version: str) -> bytes:
    """One object: what was checked, how many findings there are of each severity and rule, and all of them."""
    new = [finding for finding in findings if not finding.known]
    rules: dict[str, int] = {}
    for finding in new:
        rules[finding.rule.id] = rules.get(finding.rule.id, 0) + 1
    document = {
        "format": "certmark-findings",
        "version": 1,
        "evaluator": version,
        "files": list(files),
        "counts": {
            **{level.value: sum(finding.rule.severity is level for finding in new) for level in Severity},
            "known": len(findings) - len(new),
        },
        "rules": dict(sorted(rules.items())),
        "findings": [_finding(finding) for finding in findings],
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def _finding(finding: LintFinding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "pointer": finding.pointer,
        "severity": finding.rule.severity.value,
        "rule": finding.rule.id,
        "message": finding.message,
        "source": finding.rule.source,
        "fix": finding.fix or None,
        "known": finding.known,
    }
