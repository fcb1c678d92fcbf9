"""A guideline approved, and signed where a key is named; or superseded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from certmark.app.files import write_file
from certmark.app.guideline.editing import EditResult, errors_in, prepare, tell, write_prepared
from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.authoring.changes.approval import Approve, Supersede
from certmark.authoring.changes.editable import EditableGuideline, Forbidden
from certmark.authoring.changes.opening import editable, line_beside, open_guideline
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.trust.keys.signatures import sign_as_ssh


@dataclass(frozen=True, kw_only=True)
class ApprovalRequest:
    """Which guideline was approved, by whom, and which key signs."""

    file: str
    by: Sequence[str]
    date: dt.date
    reference: str
    authority: str | None = None
    key: str | None = None
    """As `inputs.keys.signer_of` has it; None: nothing is signed."""
    dry_run: bool = False


def approve_guideline(request: ApprovalRequest, ask: AskPassphrase, listen: Listener = ignore) -> EditResult:
    """Mark it approved; with a key, write a signature beside it, over all its bytes.

    Raises InvalidRequest, FormatError, AgentUnavailable, CannotProceed or OSError.
    """
    file = open_guideline(request.file)
    change = Approve(
        by=request.by,
        date=request.date,
        reference=request.reference,
        authority=request.authority,
        errors=errors_in(file),
    )
    try:
        plan = change.plan(editable(file))
    except Forbidden as error:
        return EditResult(forbidden=str(error))
    prepared = prepare(file, plan)
    tell(plan, listen)
    signature = None
    if request.key is not None and not request.dry_run:
        signature = sign_as_ssh(prepared.content, signer_of(request.key, ask, listen))
    result = write_prepared([prepared], listen, dry_run=request.dry_run)
    if signature is not None:
        write_file(f"{file.path}.sig", signature)
        listen(Remark(f"wrote {file.path}.sig, a signature over the whole file"))
    return result


def supersede_guideline(path: str, listen: Listener = ignore, *, dry_run: bool = False) -> EditResult:
    """Mark it superseded by those that lie beside it. Raises InvalidRequest, FormatError, CannotProceed or OSError."""
    file = open_guideline(path)
    month = file.model.month or (0, 0)
    beside = line_beside(file).values()
    later = [
        model.id
        for model in beside
        if (model.month or (0, 0)) > month and EditableGuideline(model).status == "approved"
    ]
    try:
        plan = Supersede(later=later).plan(EditableGuideline(file.model))
    except Forbidden as error:
        return EditResult(forbidden=str(error))
    prepared = prepare(file, plan)
    tell(plan, listen)
    return write_prepared([prepared], listen, dry_run=dry_run)
