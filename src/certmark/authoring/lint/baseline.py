"""A baseline: the findings of a history that nobody will mend, so that new ones stand out.

A finding is known by its file, its rule and its place inside the document, not by its line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from certmark.domain.findings import LintFinding
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import FormatError

_KEY = "certmark-lint-baseline"
MAX_BYTES = 32 << 20


class InvalidBaseline(FormatError):
    """Whoever keeps the baseline must write it again."""


Known = Mapping[str, Mapping[str, tuple[str, ...]]]
"""From the file to the rule to the places; a place stands as often as it is known."""


class Compared(NamedTuple):
    """Findings held against a baseline."""

    findings: tuple[LintFinding, ...]
    """All of them, `known` set where the baseline has them."""
    gone: int
    """Entries of the baseline, in the files that were checked, that are found no longer."""


def read_baseline(data: bytes, name: str) -> Known:
    """The baseline in `data`. Raises InvalidBaseline."""
    document = parse_json(data, name, InvalidBaseline)
    files = document.get("files") if isinstance(document, dict) and document.get(_KEY) == 1 else None
    if not isinstance(files, dict):
        raise InvalidBaseline(f"{name} is no baseline of this version; write it with --write-baseline")
    return {file: _rules(rules, name) for file, rules in files.items()}


def _rules(rules: object, name: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(rules, dict) or not all(isinstance(places, list) for places in rules.values()):
        raise InvalidBaseline(f"{name} is damaged; write it again with --write-baseline")
    return {rule: tuple(str(place) for place in places) for rule, places in rules.items()}


def write_baseline(findings: Iterable[LintFinding], names: Mapping[str, str]) -> bytes:
    """The baseline of `findings`; `names` says how it calls the files. Equal findings give equal bytes."""
    files: dict[str, dict[str, list[str]]] = {}
    for finding in findings:
        files.setdefault(names[finding.file], {}).setdefault(finding.rule.id, []).append(finding.pointer)
    ordered = {
        file: {rule: sorted(places) for rule, places in sorted(rules.items())} for file, rules in sorted(files.items())
    }
    return (json.dumps({_KEY: 1, "files": ordered}, indent=1, ensure_ascii=False) + "\n").encode()


def compared(findings: Iterable[LintFinding], known: Known, names: Mapping[str, str]) -> Compared:
    """`findings` held against `known`; `names` says how the baseline calls the files."""
    left = {name: Counter(_entries(known.get(name, {}))) for name in set(names.values())}
    told = []
    for finding in findings:
        entries = left[names[finding.file]]
        entry = (finding.rule.id, finding.pointer)
        listed = entries[entry] > 0
        if listed:
            entries[entry] -= 1
        told.append(finding._replace(known=listed))
    return Compared(tuple(told), sum(sum(entries.values()) for entries in left.values()))


def _entries(rules: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    return ((rule, place) for rule, places in rules.items() for place in places)
