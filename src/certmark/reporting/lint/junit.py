"""Findings as JUnit XML: a suite for each file, a failed case for each finding, one that passes for a clean file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from certmark.domain.findings import LintFinding
from certmark.reporting.plain import plain


def write(findings: Sequence[LintFinding], files: Sequence[str], version: str) -> bytes:
    """All of `findings` that no baseline lists; well-formed whatever the texts."""
    del version
    new = [finding for finding in findings if not finding.known]
    by_file: dict[str, list[LintFinding]] = {name: [] for name in files}
    for finding in new:
        by_file[finding.file].append(finding)
    total = sum(max(1, len(found)) for found in by_file.values())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="certmark guideline lint" tests="{total}" failures="{len(new)}" errors="0">',
    ]
    for name, found in by_file.items():
        lines += _suite(name, found)
    return ("\n".join((*lines, "</testsuites>")) + "\n").encode()


def _suite(name: str, found: list[LintFinding]) -> Iterator[str]:
    file = _text(name)
    yield f' <testsuite name="{file}" tests="{max(1, len(found))}" failures="{len(found)}" errors="0" skipped="0">'
    if not found:
        yield f'  <testcase classname="{file}" name="lint"/>'
    for finding in found:
        place = f"line {finding.line}, column {finding.column}"
        yield f'  <testcase classname="{file}" name="{finding.rule.id}, {place}" file="{file}" line="{finding.line}">'
        message = _text(finding.message)
        detail = _text(f"{finding.file}:{finding.line}:{finding.column}: {finding.message}. {finding.rule.why}")
        yield f'   <failure type="{finding.rule.severity.value}" message="{message}">{detail}</failure>'
        yield "  </testcase>"
    yield " </testsuite>"


def _text(text: str) -> str:
    return escape(plain(text))
