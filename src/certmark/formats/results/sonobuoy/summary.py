"""`sonobuoy_results.yaml`: Sonobuoy's own summary of what a plugin reported, the only form of results of its own kind.

A tree of items (`name`, `status`, `meta`, `items`); its leaves are tests unless `meta` says that
they are files. Kubernetes' own has 7,000 leaves and repeats the JUnit file, so that is read instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from certmark.domain.identity import split
from certmark.domain.results import Attempt, Detail, Outcome
from certmark.formats.documents.foreign_yaml import parse
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import MAX_NAME, MAX_REASON
from certmark.formats.secrets.hiding import scrub

LARGEST = 1 << 20
"""Bytes of a summary that is read as results."""
_STATUS = re.compile(rb"(?m)^status: *[\"']?(\w{1,20})")
_NO_TESTS = frozenset({"file", "node", "summary"})
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "timeout": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
}


def status_of(content: bytes) -> str | None:
    """The status of the whole plugin."""
    found = _STATUS.search(content)
    return None if found is None else found[1].decode("ascii", "replace")


def tests_of(content: bytes, name: str) -> list[Attempt]:
    """Every test in a summary. Raises UnreadableResults."""
    document = parse(content, name, UnreadableResults)
    return list(_tests(document, None)) if isinstance(document, dict) else []


def _tests(item: dict[Any, Any], node: str | None) -> Iterator[Attempt]:
    children = item.get("items")
    name = item.get("name")
    if isinstance(children, list) and children:
        kind = _kind(item)
        place = str(name)[:MAX_NAME] if kind == "node" and name != "global" else node
        for child in children:
            if isinstance(child, dict):
                yield from _tests(child, place)
    elif isinstance(name, str) and len(name.strip()) > 0 and len(name) <= MAX_NAME and _kind(item) not in _NO_TESTS:
        identity = split(name)
        # Any other word (unknown, running) says that nothing is known of how it ended.
        outcome = _OUTCOMES.get(str(item.get("status")), Outcome.UNFINISHED)
        reason = _reason(item)
        yield Attempt(
            identity.name,
            identity.uuid,
            outcome,
            attributes=identity.attributes,
            detail=Detail(reason, "", ()) if reason and outcome is not Outcome.PASSED else None,
            place=node,
        )


def _kind(item: dict[Any, Any]) -> str:
    meta = item.get("meta")
    return str(meta.get("type")) if isinstance(meta, dict) else ""


def _reason(item: dict[Any, Any]) -> str:
    details = item.get("details")
    said = details.get("failure") or details.get("error") if isinstance(details, dict) else None
    return scrub(" ".join(said.split()))[:MAX_REASON] if isinstance(said, str) else ""
