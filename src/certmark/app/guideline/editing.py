"""Guidelines, changed: a file is opened, the change decided, the text edited, checked, and written whole.

Nothing is written before everything was decided: where one of several files is refused, none is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.authoring.changes.editable import EditPlan, Forbidden, IntendedChange
from certmark.authoring.changes.opening import GuidelineFile, editable, open_guideline
from certmark.authoring.edits.differences import unified_difference
from certmark.authoring.edits.operations import EditOperation, InsertKey
from certmark.authoring.lint.acceptance import accepted
from certmark.authoring.lint.checking import LintInput, OpenedGuideline, lint, open_file, pointer
from certmark.authoring.lint.checks import LintOptions, check
from certmark.authoring.lint.rules import RULES
from certmark.authoring.lint.sources import gather
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import LintFinding, Severity
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.guideline.shipped import shipped


@dataclass(frozen=True, kw_only=True)
class EditRequest:
    """What is to be changed, and how."""

    files: Sequence[str]
    """Each is changed likewise."""
    change: IntendedChange
    predecessor: str | None = None
    """The guideline before; None: what lies beside the file."""
    dry_run: bool = False
    """Whether nothing is written."""


class EditedFile(NamedTuple):
    """A file with its change."""

    path: str
    difference: str
    """As a unified diff; empty where nothing changed."""
    findings: tuple[LintFinding, ...]
    """What lint finds that it did not find before, or at the places that were changed."""


class EditResult(NamedTuple):
    """What was done, or why the process forbids it."""

    files: tuple[EditedFile, ...] = ()
    forbidden: str | None = None
    """A sentence with its clause; then nothing was written."""


class PreparedFile(NamedTuple):
    """A file before it is written."""

    path: Path
    content: bytes
    edited: EditedFile


def edit_guidelines(request: EditRequest, listen: Listener = ignore) -> EditResult:
    """Change what `request` names. Raises InvalidRequest, FormatError, CannotProceed or OSError."""
    prepared, plans = [], []
    try:
        for name in request.files:
            if name in shipped() and not Path(name).exists():
                raise InvalidRequest(f"{name} ships along and is not changed; name a copy of it")
            file = open_guideline(name)
            plan = request.change.plan(editable(file, request.predecessor))
            prepared.append(prepare(file, plan))
            plans.append(plan)
    except Forbidden as error:
        return EditResult(forbidden=str(error))
    for plan in plans:
        tell(plan, listen)
    return write_prepared(prepared, listen, dry_run=request.dry_run)


def tell(plan: EditPlan, listen: Listener) -> None:
    """Say what the author should know."""
    for sentence in plan.remarks:
        listen(Remark(sentence))


def prepare(file: GuidelineFile, plan: EditPlan, target: Path | None = None) -> PreparedFile:
    """`file` after `plan`, to be written to `target`. Raises InvalidGuideline."""
    after = file.edited(plan.operations)
    path = file.path if target is None else target
    content = file.bytes_of(after)
    touched = [_pointer_of(one) for one in plan.operations]
    findings = _findings(file, path, content, touched, is_new=target is not None)
    name = file.name if target is None else str(target)
    return PreparedFile(path, content, EditedFile(name, unified_difference(name, file.text, after), findings))


def write_prepared(prepared: Sequence[PreparedFile], listen: Listener, *, dry_run: bool) -> EditResult:
    """Write all of them, unless `dry_run`. Raises what `write_file` raises."""
    for one in prepared:
        if dry_run:
            continue
        if not one.edited.difference and one.path.exists():
            listen(Remark(f"{one.path} is as it should be; nothing was written"))
            continue
        write_file(one.path, one.content)
        listen(Remark(f"wrote {one.path}"))
    return EditResult(tuple(one.edited for one in prepared))


def _pointer_of(one: EditOperation) -> str:
    return pointer((*one.path, one.key) if isinstance(one, InsertKey) else one.path)


def _findings(
    file: GuidelineFile, path: Path, content: bytes, touched: Sequence[str], *, is_new: bool
) -> tuple[LintFinding, ...]:
    """Of lint: new ones, and those at the touched places; notes are left out."""
    before = open_file(LintInput(file.name, file.bytes_of(file.text)))
    after = open_file(LintInput(file.name if not is_new else path.name, content))
    beside = _beside(file, before if is_new else None)
    known = {(found.rule.id, found.pointer) for found in lint([before], beside=beside)[0].findings}
    checked, _ = accepted(lint([after], beside=beside)[0], str(file.path), frozenset(RULES), {})
    return tuple(
        found
        for found in checked.findings
        if found.accepted is None
        and found.rule.severity is not Severity.NOTE
        and ((found.rule.id, found.pointer) not in known or _is_touched(found.pointer, touched))
    )


def _beside(file: GuidelineFile, predecessor: OpenedGuideline | None) -> list[OpenedGuideline]:
    sources = gather([str(file.path)])
    return [*sources.beside, *([predecessor] if predecessor is not None else [])]


def _is_touched(place: str, touched: Sequence[str]) -> bool:
    return any(place == one or place.startswith(f"{one}/") for one in touched if one)


def errors_in(file: GuidelineFile) -> int:
    """How many errors lint finds that nobody accepted."""
    return len(check([str(file.path)], LintOptions(severity=Severity.ERROR)).weighing)
