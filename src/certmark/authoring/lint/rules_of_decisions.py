"""The rules on accepted findings."""

from __future__ import annotations

from certmark.domain.findings import Rule, Severity

_PRACTICE = "the file of decisions beside a guideline"

DECISIONS = (
    Rule(
        "decisions/stale",
        Severity.WARNING,
        "a finding was accepted that is found no longer",
        "What was decided has been done, or stands at another place now.",
        _PRACTICE,
        "take the entry out, or write its place anew",
    ),
    Rule(
        "decisions/incomplete",
        Severity.ERROR,
        "an accepted finding does not say which, why, by whom or when",
        "Nobody can ask later. It is not accepted before all is said.",
        _PRACTICE,
        '{rule: process/demoted, place: /components/…, reason: "…", by: "…", date: 2026-11-28}',
    ),
)
