"""Sheets of marks: blank ones with evidence for those who score, and one out of two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from certmark.app.guideline.score_proposals import ScoreEvidence, propose_marks
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, ignore
from certmark.domain.score_agreements import AgreedScoring, agree, decisions_from
from certmark.domain.scoring import ScorerMark, ScoreRow, ScoringInput
from certmark.domain.suggestions import did_you_mean
from certmark.formats.errors import excerpt
from certmark.formats.guideline import load
from certmark.formats.scores.achievements import criteria_of
from certmark.formats.scores.document import DEFAULT, ScoreDocument, shipped_criteria, write_document
from certmark.formats.scores.sources import criteria_for, load_scores


@dataclass(frozen=True, kw_only=True)
class BlankSheetRequest:
    """What is to be scored, and what may speak for marks."""

    guideline: str
    capabilities: Sequence[str]
    evidence: ScoreEvidence


@dataclass(frozen=True, kw_only=True)
class AgreementRequest:
    """Two scorings, and what somebody decided."""

    first: str
    second: str
    decisions: Sequence[str] = ()
    """`CAPABILITY.CRITERION=1`."""
    by: str = ""
    """Who decided."""
    day: dt.date


class AgreedSheet(NamedTuple):
    """What two scorings come to, and as a document of marks."""

    scoring: AgreedScoring
    content: bytes


def blank_sheet(request: BlankSheetRequest, listen: Listener = ignore) -> bytes:
    """A document of open marks, each with what evidence says of it. Raises InvalidRequest, FormatError or OSError."""
    guideline = load(request.guideline)
    for key in request.capabilities:
        if key not in guideline.capabilities:
            meant = did_you_mean(key, list(guideline.capabilities))
            raise InvalidRequest(f"{guideline.id} has no capability {excerpt(key)}{meant}")
    criteria = criteria_of(guideline) or shipped_criteria()[DEFAULT]
    told = {
        (one.capability, one.criterion): f"{'hint' if one.is_hint else 'computed'} {one.mark.value}: {one.evidence}"
        for one in propose_marks(guideline, request.evidence, listen)
    }
    rows = tuple(
        ScoreRow(
            key,
            {one: ScoringInput(ScorerMark.OPEN, told.get((key, one), "")) for one in criteria.weights},
            needs_admin=guideline.capabilities[key].admin is True,
        )
        for key in dict.fromkeys(request.capabilities)
    )
    return write_document(ScoreDocument(f"{guideline.id}, to be scored", criteria, rows))


def agreed_sheet(request: AgreementRequest) -> AgreedSheet:
    """One scoring out of two. Raises InvalidRequest, FormatError or OSError."""
    if request.decisions and not request.by.strip():
        raise InvalidRequest("a decision has a name: say who decided")
    sources = [load_scores(path) for path in (request.first, request.second)]
    criteria = criteria_for(None, sources)
    scorings = [source.scoring for source in sources]
    if scorings[0].name == scorings[1].name:
        paths = (request.first, request.second)
        scorings = [scoring._replace(name=path) for scoring, path in zip(scorings, paths, strict=True)]
    decisions = decisions_from(request.decisions)
    first, second = scorings
    found = agree(first, second, criteria, decisions, by=request.by.strip(), date=request.day.isoformat())
    name = f"agreed from {scorings[0].name} and {scorings[1].name}"
    return AgreedSheet(found, write_document(ScoreDocument(name, criteria, found.rows)))
