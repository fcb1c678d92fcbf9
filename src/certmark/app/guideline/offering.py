"""Guidelines that an author offers to be published: read, linted, held against what was published before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from certmark.authoring.lint.checks import LintOptions, check
from certmark.authoring.lint.sources import STANDARD_INPUT, gather
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import LintFinding, Severity
from certmark.domain.published_revisions import OfferedGuideline, PublishedRevision, newest_of, why_not_canonical
from certmark.domain.remarks import Listener, Remark
from certmark.formats.errors import FormatError
from certmark.formats.guideline.document import MAX_BYTES
from certmark.formats.guideline.reading import file_name, read
from certmark.trust.publications.documents import is_guideline_id, text_path


class OfferedText(NamedTuple):
    """A text that is offered, and what was found of it."""

    path: str
    offered: OfferedGuideline
    text: bytes
    findings: tuple[LintFinding, ...] = ()
    """Errors that nobody accepted."""


def offered_by(
    paths: Sequence[str], site: Path, published: Sequence[PublishedRevision], listen: Listener
) -> tuple[OfferedText, ...]:
    """The guidelines that `paths` name, but for what lies in the folder `site`; by their ids.

    Raises InvalidRequest, FormatError, CannotProceed or OSError.
    """
    if STANDARD_INPUT in paths:
        raise InvalidRequest("standard input is no file that could be published again; name a file or a folder")
    sources = gather(paths)
    if sources.passed_over:
        listen(Remark(f"passed over, for they are no guidelines: {len(sources.passed_over)}"))
    inside = site.resolve()
    places = [path for path in sources.paths.values() if inside not in Path(path).resolve().parents]
    if not places:
        raise InvalidRequest(f"there is no guideline in {', '.join(paths)}; name a file, or another folder")
    read_texts = _once([_read(path) for path in places])
    return tuple(sorted(_linted(read_texts, site, published), key=lambda one: one.offered.guideline))


def _read(path: str) -> OfferedText:
    """Raises InvalidRequest."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InvalidRequest(f"there is no file {path}; name a guideline, or a folder of them") from None
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read: {error.strerror}") from error
    size, digest, name = len(data), sha256(data).hexdigest(), Path(path).name
    try:
        guideline = read(data, name)
    except FormatError as error:
        return OfferedText(path, OfferedGuideline(name, digest, size, "json", None, problem=str(error)), data)
    problem = why_not_canonical(data)
    if not is_guideline_id(guideline.id):
        problem = "its id cannot stand in an address: letters, digits, dots, dashes and underscores can"
    form = file_name(guideline).rpartition(".")[2]
    return OfferedText(
        path, OfferedGuideline(guideline.id, digest, size, form, guideline.status, problem=problem), data
    )


def _once(found: Sequence[OfferedText]) -> list[OfferedText]:
    """Two files of one id are told apart by nobody; where they are equal, one is enough."""
    kept: dict[str, OfferedText] = {}
    for one in found:
        other = kept.setdefault(one.offered.guideline.casefold(), one)
        if other.offered.sha256 != one.offered.sha256:
            problem = f"{other.path} and {one.path} have the same id"
            kept[one.offered.guideline.casefold()] = other._replace(offered=other.offered._replace(problem=problem))
    return list(kept.values())


def _linted(found: Sequence[OfferedText], site: Path, published: Sequence[PublishedRevision]) -> list[OfferedText]:
    """Lint says nothing more of what was published already; what is changed is held against its last revision."""
    newest = newest_of(published)
    known = {(one.guideline, one.sha256) for one in newest.values()}
    asked = [one for one in found if (one.offered.guideline, one.offered.sha256) not in known]
    earlier = {}
    for one in asked:
        before = newest.get(one.offered.guideline)
        if before is not None and (site / text_path(before)).is_file():
            earlier[one.path] = (site / text_path(before)).read_bytes()
    if not asked:
        return list(found)
    options = LintOptions(severity=Severity.ERROR, earlier=earlier, today=dt.datetime.now(dt.UTC).date())
    weighing = check([one.path for one in asked], options).weighing
    names = {Path(one.path).as_posix(): one.path for one in asked}
    by_path: dict[str, list[LintFinding]] = {}
    for finding in weighing:
        by_path.setdefault(names.get(finding.file) or _decided_of(finding.file, asked), []).append(finding)
    return [_with(one, by_path.get(one.path, ())) for one in found]


def _decided_of(file: str, asked: Sequence[OfferedText]) -> str:
    """The guideline of a file of decisions, which is called after it."""
    name = Path(file).name
    return next((one.path for one in asked if name.startswith(f"{Path(one.path).stem}.")), asked[0].path)


def _with(one: OfferedText, findings: Sequence[LintFinding]) -> OfferedText:
    return one._replace(offered=one.offered._replace(errors=len(findings)), findings=tuple(findings))
