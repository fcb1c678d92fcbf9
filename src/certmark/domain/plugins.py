"""Which plugins of a cluster's report a guideline means."""

from __future__ import annotations

from certmark.domain.guidelines import Guideline
from certmark.domain.results import Results

_SPEAKERS = {"kubernetes-conformance": "e2e"}
"""By the schema of a guideline: the plugin whose results are meant, where it reported at all."""

_SPEAKERS_OF_SUITES = {"ginkgo": "e2e"}
"""By the suite that format 3 names."""


def meant_by(guideline: Guideline, results: Results) -> Results:
    """`results` without what other plugins said than the one that `guideline` means.

    Where that plugin says nothing, all count, as they do for guidelines that mean no plugin.
    What is no plugin's always counts.
    """
    plugin = _SPEAKERS.get(guideline.schema) or _SPEAKERS_OF_SUITES.get(_suite_of(guideline))
    spoke = {piece.plugin for piece in results.evidence}
    if plugin not in spoke or spoke <= {plugin, None}:
        return results
    return Results([piece for piece in results.evidence if piece.plugin in {plugin, None}])


def _suite_of(guideline: Guideline) -> str:
    """The suite of its first test; empty where the document does not say it."""
    tests = (test for capability in guideline.capabilities.values() for test in capability.tests)
    first = next(tests, None)
    return first.suite or "" if first is not None else ""
