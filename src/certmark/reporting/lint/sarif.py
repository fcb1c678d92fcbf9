"""Findings as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.

Code hosts show it beside the lines of a change. Names of files are relative to where the command ran;
findings that a baseline lists or that somebody accepted are there and suppressed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from certmark.domain.findings import LintFinding, Rule, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def write(findings: Sequence[LintFinding], files: Sequence[str], version: str) -> bytes:
    """One log with one run, `version` of Certmark; only rules that are broken are described."""
    rules = {finding.rule.id: finding.rule for finding in findings}
    places = {name: number for number, name in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "certmark guideline lint",
                "semanticVersion": version,
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        "artifacts": [{"location": {"uri": _uri(name)}} for name in files],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(findings, places)),
    }
    return (json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n").encode()


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.replace("/", "-").split("-")),
        "shortDescription": {"text": f"{rule.title[:1].upper()}{rule.title[1:]}."},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\nSource: {rule.source}.\nExample: {rule.example}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.group]},
    }


def _results(findings: Sequence[LintFinding], places: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for finding in findings:
        fingerprint = _fingerprint(finding)
        seen[fingerprint] += 1
        # Code hosts know a finding again by this one, and take two with the same for one.
        yield _result(finding, places[finding.rule.id], f"{fingerprint}:{seen[fingerprint]}")


def _result(finding: LintFinding, place: int, fingerprint: str) -> dict[str, Any]:
    region = {"startLine": finding.line, "startColumn": finding.column}
    location = {"artifactLocation": {"uri": _uri(finding.file)}, "region": region}
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": place,
        "level": _LEVELS[finding.rule.severity],
        "message": {"text": f"{finding.message}."},
        "locations": [
            {"physicalLocation": location, "logicalLocations": [{"fullyQualifiedName": finding.pointer or "/"}]}
        ],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }
    suppressions = ["a baseline lists it"] if finding.known else []
    if finding.accepted is not None:
        suppressions.append(f"{finding.accepted.reason} ({finding.accepted.by}, {finding.accepted.date})")
    if suppressions:
        result["suppressions"] = [{"kind": "external", "justification": why} for why in suppressions]
    return result


def _uri(name: str) -> str:
    return quote(name.replace("\\", "/"), safe="/:~!$&'()*+,;=@", errors="replace")


def _fingerprint(finding: LintFinding) -> str:
    identity = f"{finding.file.rpartition('/')[2]}\0{finding.rule.id}\0{finding.pointer}"
    return sha256(identity.encode(errors="replace")).hexdigest()[:32]
