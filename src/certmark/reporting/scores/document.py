"""A report on scores as JSON, for programs: docs/reference/scores.md has its keys."""

from __future__ import annotations

from typing import Any

from certmark.authoring.scores import Proposed, ScoreReport
from certmark.domain.score_comparisons import Overview, ScoreComparison
from certmark.domain.scoring import CriteriaSet, MovedCapability, Score, ScoreRow, ScoringInput
from certmark.reporting.documents import Document


def score_document(report: ScoreReport) -> Document:
    """`certmark-score-report` (docs/reference/scores.md)."""
    body = {
        "name": report.scoring.name,
        "criteria": criteria_document(report.criteria),
        "counts": {decision.value: count for decision, count in report.tally.decisions.items()},
        "near": list(report.tally.near),
        "contradictions": list(report.contradictions),
        "capabilities": [_capability(row, result) for row, result in report.scores],
        "what_if": [_flip(flip) for flip in report.flips] if report.what_if is not None else None,
        "overview": None if report.overview is None else _overviewed(report.overview),
        "comparisons": [_compared(comparison) for comparison in report.comparisons],
        "evidence": [_proposed(proposed) for proposed in report.proposals],
    }
    return Document("certmark-score-report", 1, body)


def criteria_document(criteria: CriteriaSet) -> dict[str, Any]:
    """A set of criteria, for programs."""
    return {
        "id": criteria.id,
        "cutoff": criteria.cutoff,
        "total": criteria.total,
        "weights": dict(criteria.weights),
    }


def _capability(row: ScoreRow, result: Score) -> dict[str, Any]:
    marks = {key: _mark(mark) for key, mark in row.marks.items()}
    return {"capability": row.capability, "needs_admin": row.needs_admin, **_score(result), "marks": marks}


def _mark(given: ScoringInput) -> dict[str, str]:
    texts = {"mark": given.mark.value, "evidence": given.evidence, "scorer": given.scorer, "date": given.date}
    return {key: text for key, text in texts.items() if text}


def _score(result: Score) -> dict[str, Any]:
    return {"low": result.low, "high": result.high, "margin": result.margin, "decision": result.decision.value}


def _flip(flip: MovedCapability) -> dict[str, Any]:
    return {
        "capability": flip.capability,
        "crosses": flip.crosses,
        "now": _score(flip.before),
        "then": _score(flip.after),
    }


def _overviewed(overview: Overview) -> dict[str, Any]:
    return {
        "scorings": list(overview.names),
        "same": [[{"same": same, "of": of} for same, of in row] for row in overview.same],
        "disputed": [
            {
                "capability": item.capability,
                "scores": [None if found is None else _score(found) for found in item.scores],
            }
            for item in overview.disputed
        ],
    }


def _compared(comparison: ScoreComparison) -> dict[str, Any]:
    return {
        "with": comparison.second,
        "both": comparison.both,
        "equal": comparison.equal,
        "only_first": list(comparison.only_first),
        "only_second": list(comparison.only_second),
        "likely": [list(pair) for pair in comparison.likely],
        "agreement": {key: {"same": same, "of": of} for key, (same, of) in comparison.agreement.items()},
        "differences": [
            {
                "capability": difference.capability,
                "crosses": difference.crosses,
                "criteria": {key: [first.value, second.value] for key, first, second in difference.criteria},
                "totals": [found.low for found in difference.scores],
            }
            for difference in comparison.differences
        ],
    }


def _proposed(proposed: Proposed) -> dict[str, Any]:
    proposal = proposed.proposal
    return {
        "capability": proposal.capability,
        "criterion": proposal.criterion,
        "now": proposed.present.value,
        "mark": proposal.mark.value,
        "hint": proposal.is_hint,
        "evidence": proposal.evidence,
    }
