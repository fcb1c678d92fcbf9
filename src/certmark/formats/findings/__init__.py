"""Findings in the forms that other tools read: JSON, SARIF, JUnit, annotations of GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from certmark.domain.findings import Finding

FORMATS = ("json", "sarif", "junit", "github")
_MODULES = {"json": "document", "sarif": "sarif", "junit": "junit", "github": "annotations"}


def render(format_: str, findings: Sequence[Finding], files: Sequence[str], *, version: str) -> bytes:
    """`findings` in one of FORMATS; `files` are all that were checked, `version` that of Certmark."""
    content: bytes = import_module(f"certmark.formats.findings.{_MODULES[format_]}").write(findings, files, version)
    return content
