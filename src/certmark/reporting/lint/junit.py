"""Findings as JUnit XML: a suite for each file, a failed case for each finding, one that passes for a clean file."""

from __future__ import annotations

from collections.abc import Sequence

from certmark.domain.findings import LintFinding
from certmark.formats.results.junit.suites import Case, JUnitSuite
from certmark.reporting.text import plain


def suites_of(findings: Sequence[LintFinding], files: Sequence[str]) -> tuple[JUnitSuite, ...]:
    """A suite for each of `files`; foreign text in it is printable."""
    by_file: dict[str, list[LintFinding]] = {name: [] for name in files}
    for finding in findings:
        by_file[finding.file].append(finding)
    return tuple(
        JUnitSuite(plain(name), tuple(map(_case, found)) or (Case(plain(name), "lint"),))
        for name, found in by_file.items()
    )


def _case(finding: LintFinding) -> Case:
    file = plain(finding.file)
    return Case(
        file,
        f"{finding.rule.id}, line {finding.line}, column {finding.column}",
        "failure",
        plain(finding.message),
        plain(f"{finding.file}:{finding.line}:{finding.column}: {finding.message}. {finding.rule.why}"),
        kind=finding.rule.severity.value,
        attributes={"file": file, "line": str(finding.line)},
    )
