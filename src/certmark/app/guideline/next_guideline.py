"""The next guideline, with its add-ons: cut from the files of the ones before, each into a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from certmark.app.guideline.editing import EditResult, PreparedFile, prepare, tell, write_prepared
from certmark.authoring.changes.editable import EditPlan, Forbidden
from certmark.authoring.changes.next_guideline import CutNext
from certmark.authoring.changes.opening import GuidelineFile, editable, open_guideline
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, ignore
from certmark.formats.guideline.shipped import shipped


@dataclass(frozen=True, kw_only=True)
class NextRequest:
    """What is cut, and for when."""

    source: str
    """The guideline before, or a working copy: a file, or an id that ships along."""
    month: str
    releases: Sequence[str]
    add_ons: Sequence[str] = ()
    """Files of add-ons that are cut with it."""
    folder: str | None = None
    """Where the new files go; None: each beside the one before."""
    dry_run: bool = False


def cut_next(request: NextRequest, listen: Listener = ignore) -> EditResult:
    """Cut all of them, or none. Raises InvalidRequest, FormatError, CannotProceed or OSError."""
    try:
        core = _cut(request, request.source, None)
        cut = [core, *(_cut(request, path, core[0].path.stem) for path in request.add_ons)]
    except Forbidden as error:
        return EditResult(forbidden=str(error))
    for _, plan in cut:
        tell(plan, listen)
    return write_prepared([prepared for prepared, _ in cut], listen, dry_run=request.dry_run)


def _cut(request: NextRequest, source: str, core: str | None) -> tuple[PreparedFile, EditPlan]:
    file = open_guideline(source)
    change = CutNext(month=request.month, releases=request.releases, core=core)
    guideline = editable(file)
    plan = change.plan(guideline)
    target = _folder(request, file) / f"{change.new_id(guideline)}{file.path.suffix}"
    if target.exists():
        raise InvalidRequest(f"there is {target} already; name another folder, or move it away")
    return prepare(file, plan, target), plan


def _folder(request: NextRequest, file: GuidelineFile) -> Path:
    if request.folder is not None:
        folder = Path(request.folder)
        if not folder.is_dir():
            raise InvalidRequest(f"there is no folder {request.folder}")
        return folder
    return Path() if file.name in shipped() else file.path.parent
