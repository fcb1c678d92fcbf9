"""Findings in the forms that other tools read: JSON, SARIF, JUnit, annotations of GitHub."""

from __future__ import annotations

from collections.abc import Sequence

from certmark.domain.findings import LintFinding

FORMATS = ("json", "sarif", "junit", "github")


def render(format_: str, findings: Sequence[LintFinding], files: Sequence[str], *, version: str) -> bytes:
    """`findings` in one of FORMATS; `files` are all that were checked, `version` that of Certmark."""
    from certmark.reporting.lint import document, github, junit, sarif

    writers = {"json": document.write, "sarif": sarif.write, "junit": junit.write, "github": github.write}
    return writers[format_](findings, files, version)
