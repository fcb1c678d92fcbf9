"""The history of a repository of guidelines, imported: every revision that can be read, each under its digest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.authoring.git_history import FileChange, contents_of, history_of
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.guideline_history import GuidelineFileHistory, GuidelineHistory, GuidelineRevision
from certmark.domain.phrases import counted, some
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.document import MAX_BYTES
from certmark.formats.guideline.history import FORMAT, INDEX, VERSION, index_body, path_of, read_history
from certmark.formats.guideline.reading import read

_ENDING = ".json"


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """Which history is imported, and whereto."""

    repository: str
    """A clone; its main line is that of HEAD."""
    folder: str
    """A new or empty folder, or one with a history that was imported before."""


class ImportedHistory(NamedTuple):
    """What was imported."""

    history: GuidelineHistory
    folder: str


class _Content(NamedTuple):
    data: bytes | None
    """None: nobody can read it."""
    trouble: str
    repeated_keys: bool


def import_history(request: ImportRequest, listen: Listener = ignore) -> ImportedHistory:
    """Read the repository, write the folder; what is left out or cannot be read is told.

    Raises InvalidRequest, InvalidInput or CannotProceed.
    """
    folder = Path(request.folder)
    _refuse_foreign(folder)
    found = history_of(request.repository, _ENDING)
    if found.is_shallow:
        listen(Remark("the clone lacks the earlier history; fetch all of it for revisions of long ago"))
    blobs = list(dict.fromkeys(change.blob for change in found.changes if change.blob is not None))
    contents = {blob: _content(data) for blob, data in contents_of(request.repository, blobs, MAX_BYTES)}
    files = _files(found.changes, contents)
    history = GuidelineHistory(found.head, tuple(file for file in files if _has_guideline(file)))
    _tell(files, history, listen)
    if not history.files:
        raise InvalidGuideline(f"no {_ENDING} file of {request.repository} was ever a guideline; name another clone")
    _write(folder, history, [content.data for content in contents.values() if content.data is not None])
    return ImportedHistory(history, request.folder)


def _refuse_foreign(folder: Path) -> None:
    """Nothing is written into a folder of somebody else's."""
    try:
        if folder.exists() and any(folder.iterdir()):
            read_history(folder)
    except (OSError, InvalidGuideline) as error:
        raise InvalidRequest(f"{folder} holds something else than an imported history; name a new folder") from error


def _content(data: bytes | None) -> _Content:
    if data is None:
        return _Content(None, f"it is missing in the clone, or larger than {MAX_BYTES >> 20} MiB", repeated_keys=False)
    try:
        guideline = read(data, "x.json", last_counts=True)
    except InvalidGuideline as error:
        return _Content(None, str(error).removeprefix("x.json: ")[:300], repeated_keys=False)
    return _Content(data, "", any("stand twice in one object, of which" in text for text in guideline.remarks))


def _files(changes: Iterable[FileChange], contents: dict[str, _Content]) -> list[GuidelineFileHistory]:
    revisions: dict[str, list[GuidelineRevision]] = {}
    for change in changes:
        content = contents[change.blob] if change.blob is not None else _Content(None, "", repeated_keys=False)
        digest = None if content.data is None else sha256(content.data).hexdigest()
        revision = GuidelineRevision(change.day, change.commit, digest, content.trouble, content.repeated_keys)
        revisions.setdefault(change.path, []).append(revision)
    # A commit may say an earlier day than its parent does: what came later never counts before it.
    return [GuidelineFileHistory(path, tuple(_in_order(revisions[path]))) for path in sorted(revisions)]


def _in_order(revisions: Iterable[GuidelineRevision]) -> Iterator[GuidelineRevision]:
    latest = None
    for revision in revisions:
        latest = revision.day if latest is None else max(latest, revision.day)
        yield revision._replace(day=latest)


def _has_guideline(file: GuidelineFileHistory) -> bool:
    return any(revision.sha256 is not None for revision in file.revisions)


def _tell(files: list[GuidelineFileHistory], history: GuidelineHistory, listen: Listener) -> None:
    others = [file.path for file in files if not _has_guideline(file)]
    if others:
        listen(Remark(f"never guidelines, left out: {some(others)}"))
    for file in history.files:
        broken = [one for one in file.revisions if one.trouble]
        if broken:
            first = broken[0]
            more = f", and {counted(len(broken) - 1, 'revision')} more" if len(broken) > 1 else ""
            what = f"{file.path} of {first.day} ({first.commit[:10]}) cannot be read: {first.trouble}{more}"
            listen(Remark(f"{what}; the revision before it holds on"))
        repeated = [one for one in file.revisions if one.repeated_keys]
        if repeated:
            what = f"{file.path} has a key twice in {counted(len(repeated), 'revision')} from {repeated[0].day}"
            listen(Remark(f"{what}; the last one counts, as in RefStack"))


def _write(folder: Path, history: GuidelineHistory, contents: Iterable[bytes]) -> None:
    """The index last: it names only what is there."""
    try:
        path_of(folder, "").parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotProceed(f"{folder} cannot be made: {error.strerror}") from error
    wanted = {one.sha256 for file in history.files for one in file.revisions}
    for data in contents:
        digest = sha256(data).hexdigest()
        place = path_of(folder, digest)
        if digest in wanted and not place.exists():
            write_file(place, data)
    index = {"format": FORMAT, "version": VERSION, **index_body(history)}
    write_file(folder / INDEX, (json.dumps(index, indent=1, ensure_ascii=False) + "\n").encode())
