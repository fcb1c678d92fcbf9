"""A baseline: the findings of a history that nobody will mend, so that new ones stand out.

A finding is known by its file, its rule and its place inside the document, not by its line.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.findings import LintFinding
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import FormatError

_KEY = "certmark-lint-baseline"
_MAX_BYTES = 32 << 20
_ANEW = Advice(Action.WRITE_BASELINE)


class InvalidBaseline(FormatError):
    """Whoever keeps the baseline must write it again."""


Known = Mapping[str, Mapping[str, tuple[str, ...]]]
"""From the file to the rule to the places; a place stands as often as it is known."""


class BaselineComparison(NamedTuple):
    """Findings held against a baseline."""

    findings: tuple[LintFinding, ...]
    """All of them, `known` set where the baseline has them."""
    gone: int
    """Entries of the baseline, in the files that were checked, that are found no longer."""


def load_baseline(path: str) -> Known:
    """The baseline in the file `path`. Raises InvalidBaseline or OSError."""
    with Path(path).open("rb") as file:
        return read_baseline(file.read(_MAX_BYTES), Path(path).name)


def read_baseline(data: bytes, name: str) -> Known:
    """The baseline in `data`. Raises InvalidBaseline."""
    document = parse_json(data, name, InvalidBaseline)
    files = document.get("files") if isinstance(document, dict) and document.get(_KEY) == 1 else None
    if not isinstance(files, dict):
        raise InvalidBaseline(f"{name} is no baseline of this version", _ANEW)
    return {file: _rules(rules, name) for file, rules in files.items()}


def names_from(baseline: str, paths: Mapping[str, str]) -> dict[str, str]:
    """How the baseline at that path calls files: from its own folder, so that it does not matter where one stands.

    `paths` are the places of the files by their names; one that is not a path (standard input) keeps its name.
    """
    folder = Path(baseline).absolute().parent
    return {
        name: name if path == "-" else os.path.relpath(path, folder).replace(os.sep, "/")
        for name, path in paths.items()
    }


def _rules(rules: object, name: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(rules, dict) or not all(isinstance(places, list) for places in rules.values()):
        raise InvalidBaseline(f"{name} is damaged", _ANEW)
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


def compare(findings: Iterable[LintFinding], known: Known, names: Mapping[str, str]) -> BaselineComparison:
    """`findings` held against `known`; `names` says how the baseline calls the files."""
    left = {name: Counter(_entries(known.get(name, {}))) for name in set(names.values())}
    marked = []
    for finding in findings:
        entries = left[names[finding.file]]
        entry = (finding.rule.id, finding.pointer)
        is_known = entries[entry] > 0
        if is_known:
            entries[entry] -= 1
        marked.append(finding._replace(known=is_known))
    return BaselineComparison(tuple(marked), sum(sum(entries.values()) for entries in left.values()))


def _entries(rules: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    return ((rule, place) for rule, places in rules.items() for place in places)
