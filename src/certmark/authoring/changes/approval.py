"""A guideline from draft to approved, and from approved to superseded.

1. It is approved by the Board (2017A D1), since 2021A by the approval committee: who, when, and where that is written.
2. Only a draft, or what is in review, is approved; and only one without errors.
3. Two approved guidelines hold at a time; an older one is superseded by the two that came after it (C6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from certmark.authoring.changes.editable import EditableGuideline, EditPlan, Forbidden
from certmark.authoring.edits.operations import EditOperation, InsertKey, put
from certmark.domain.errors import InvalidRequest
from certmark.formats.errors import excerpt

_OPEN = ("draft", "review", "advisory")
_METADATA = ("id", "schema", "title", "description", "source", "status", "replaces", "releases", "process", "approval")
_HOLDING = 2
"""Approved guidelines at a time (C6)."""


@dataclass(frozen=True, kw_only=True)
class Approve:
    """Who approved it, when, and where that can be read."""

    by: Sequence[str]
    date: dt.date
    reference: str
    authority: str | None = None
    """None: whom the process names."""
    errors: int = 0
    """Errors that lint finds in it."""

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rules 1 and 2 have it."""
        if guideline.status not in _OPEN:
            raise Forbidden(
                f"{guideline.id} is {_standing(guideline)}; only a draft or what "
                f"is in review is approved ({guideline.clause('C6.3')})"
            )
        if guideline.model.is_next:
            raise Forbidden(
                f"{guideline.id} is a working copy; cut the dated guideline from it first ({guideline.clause('D304')})"
            )
        if self.errors:
            raise InvalidRequest(f"{guideline.id} has {self.errors} errors; mend them before it is approved")
        if not self.by or not self.reference.strip():
            raise InvalidRequest("an approval says who approved, and where that is written down")
        authority = self.authority or guideline.approvers
        status = put(guideline.document, (*guideline.terms_path, "status"), "approved", _METADATA)
        names, day = ", ".join(self.by), self.date.isoformat()
        told = f"{guideline.id} is approved by {authority} ({names}) on {day}: {self.reference}"
        if not guideline.is_3:
            place = f"schema {guideline.model.schema} has no place for who approved it; write that into the commit"
            return EditPlan((status,), (told, place))
        return EditPlan((status, self._record(guideline, authority)), (told,))

    def _record(self, guideline: EditableGuideline, authority: str) -> EditOperation:
        entry: dict[str, Any] = {
            "authority": authority,
            "by": list(self.by),
            "date": self.date.isoformat(),
            "reference": self.reference,
        }
        known = guideline.metadata.get("approval")
        if isinstance(known, list):
            return put(guideline.document, ("metadata", "approval"), [*known, entry], _METADATA)
        return InsertKey(("metadata",), "approval", [entry], _METADATA)


@dataclass(frozen=True, kw_only=True)
class Supersede:
    """It no longer holds for new products."""

    later: Sequence[str]
    """The approved guidelines of its line that came after it, as far as they are at hand."""

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rule 3 has it."""
        if guideline.status != "approved":
            raise Forbidden(
                f"{guideline.id} is {_standing(guideline)}; only an approved guideline "
                f"is superseded ({guideline.clause('C6.3')})"
            )
        if len(self.later) < _HOLDING:
            known = f"only {self.later[0]} is" if self.later else "none is"
            raise Forbidden(
                f"{guideline.id} is one of the two that hold: a guideline is superseded by two approved ones after it, "
                f"and {known} at hand ({guideline.clause('C6')})"
            )
        status = put(guideline.document, (*guideline.terms_path, "status"), "superseded")
        return EditPlan((status,), (f"{guideline.id} is superseded by {' and '.join(self.later[-_HOLDING:])}",))


def _standing(guideline: EditableGuideline) -> str:
    return excerpt(guideline.status) if guideline.status else "without a status"
