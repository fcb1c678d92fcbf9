"""The boxes of one project: a guideline, the one before it, and a suite where one is named."""

from __future__ import annotations

from dataclasses import dataclass

from certmark.app.guideline.coverage import CoverageRequest, GapsRequest, cover_guideline
from certmark.app.inputs.guidelines import Remarks, guideline_of
from certmark.app.inputs.suites import SuiteRequest
from certmark.domain.guideline_briefs import brief_of
from certmark.domain.project_checklists import ProjectChecklist, SuiteOverview, checklist_for
from certmark.domain.remarks import Listener, ignore


@dataclass(frozen=True, kw_only=True)
class ChecklistRequest:
    """Whose boxes, and what they are made of."""

    guideline: str | None = None
    """A file, `-` or a shipped id; None: the default that ships along."""
    project: str
    before: str | None = None
    """The guideline before it."""
    suite: SuiteRequest | str | None = None
    """A suite, or the file of a saved survey; None: the suite is not looked at."""
    older_survey: str | None = None
    """Only conditions that were added since are told."""


def checklist_of(request: ChecklistRequest, listen: Listener = ignore) -> ProjectChecklist:
    """The boxes. Raises what `cover_guideline` raises."""
    remarks = Remarks.COUNTED if request.suite is None else Remarks.NONE  # the coverage tells them
    guideline = guideline_of(request.guideline, None, listen, remarks=remarks)
    brief = None if request.before is None else brief_of(guideline_of(request.before, None, listen), guideline)
    suite = None
    if request.suite is not None:
        asked = CoverageRequest(
            guideline=request.guideline, suite=request.suite, before=request.older_survey, gaps=GapsRequest()
        )
        suite = SuiteOverview(*cover_guideline(asked, listen))
    return checklist_for(guideline, request.project, brief=brief, suite=suite)
