"""A static site of guidelines: made whole, compared with what is there, never written over files of others.

A manifest in the folder names the files that were made and their digests. A file that is not in it, or that
somebody changed since, is not written over; one that is no longer made goes, unless somebody changed it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.guidelines import SITE_MANIFEST, Remarks, guideline_of, guidelines_in
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.phrases import count_of, some
from certmark.domain.remarks import Listener, ignore
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import FormatError
from certmark.reporting.guideline_site.html import html_pages
from certmark.reporting.guideline_site.markdown import markdown_pages
from certmark.reporting.guideline_site.model import site_of

_FORMAT, _VERSION = "certmark-guideline-site", 1
_LARGEST = 16 << 20


class SiteForm(Enum):
    """In what the pages are written."""

    HTML = "html"
    MARKDOWN = "md"


@dataclass(frozen=True, kw_only=True)
class SiteRequest:
    """What is shown, and where."""

    guidelines: Sequence[str]
    """Files, shipped ids, or folders of guidelines."""
    form: SiteForm
    folder: str
    check: bool = False
    """Whether nothing is written and it is only said what would be."""


class SiteDifference(NamedTuple):
    """How the folder differs from what is made of the guidelines."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    stale: tuple[str, ...]
    """Made before, and made no longer."""
    same: int

    @property
    def is_current(self) -> bool:
        """Whether the folder is what would be made."""
        return not (self.new or self.changed or self.stale)


class InvalidManifest(FormatError):
    """The manifest of a site is none; the message says what to do."""


def render_site(request: SiteRequest, listen: Listener = ignore) -> SiteDifference:
    """Make the site and write what differs, or only say what does.

    Raises InvalidRequest where files of somebody else's are in the way; FormatError, CannotProceed or OSError.
    """
    guidelines = [one for named in request.guidelines for one in _guidelines(named, listen)]
    pages = html_pages if request.form is SiteForm.HTML else markdown_pages
    files = dict(pages(site_of(guidelines)))
    folder = Path(request.folder)
    if folder.exists() and not folder.is_dir():
        raise InvalidRequest(f"{folder} is no folder; name one for the site")
    known = _manifest(folder, request.form)
    there = dict(_there(folder, {*files, *known}))
    difference = SiteDifference(
        tuple(path for path in files if path not in there),
        tuple(path for path, content in files.items() if path in there and there[path] != _digest(content)),
        tuple(path for path in known if path not in files and path in there),
        sum(there.get(path) == _digest(content) for path, content in files.items()),
    )
    if not request.check:
        _refuse_foreign(folder, difference, known, there)
        _write(folder, request.form, files, difference)
    return difference


def _guidelines(named: str, listen: Listener) -> list[Guideline]:
    if named != "-" and Path(named).is_dir():
        found = guidelines_in(named, listen, deep=True)
        if not found:
            raise InvalidRequest(f"no guideline lies in {named}; name a file, or another folder")
        return found
    return [guideline_of(named, None, listen, remarks=Remarks.NONE)]


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _manifest(folder: Path, form: SiteForm) -> dict[str, str]:
    """By path, the digest of what was made. Raises InvalidManifest, and InvalidRequest for a site in another form."""
    place = folder / SITE_MANIFEST
    try:
        with place.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}
    where = str(place)
    content = parse_document(data, where, InvalidManifest, largest=_LARGEST, is_json=True)
    fields = Fields(content, where, InvalidManifest, hint="name another folder, or remove it and make the site anew")
    fields.check_document(_FORMAT, _VERSION)
    if fields.text("form") != form.value:
        raise InvalidRequest(f"{folder} holds the site in another form; name another folder")
    files = fields.content.get("files")
    if not isinstance(files, dict) or not all(
        isinstance(value, str) and _is_inside(key) for key, value in files.items()
    ):
        fields.refuse("must be an object of paths and digests", "files")
    return dict(files)


def _is_inside(path: object) -> bool:
    """Whether a path of a manifest stays in the folder: a stranger may have written it."""
    return isinstance(path, str) and not Path(path).is_absolute() and ".." not in Path(path).parts


def _there(folder: Path, paths: set[str]) -> Iterator[tuple[str, str]]:
    for path in sorted(paths):
        place = folder / path
        if place.is_symlink() or place.is_dir():
            raise InvalidRequest(f"{place} is no file of a site; name another folder")
        if place.is_file():
            yield path, _digest(place.read_bytes())


def _refuse_foreign(
    folder: Path, difference: SiteDifference, known: Mapping[str, str], there: Mapping[str, str]
) -> None:
    foreign = [path for path in (*difference.changed, *difference.stale) if known.get(path) != there[path]]
    if foreign:
        count = count_of(len(foreign), "file that was", "files that were")
        raise InvalidRequest(
            f"{folder} holds {count} not made here, or changed by hand since ({some(foreign)}); "
            "move away what you keep, or name another folder"
        )


def _write(folder: Path, form: SiteForm, files: Mapping[str, bytes], difference: SiteDifference) -> None:
    """Pages, then the manifest, then what is no longer made goes; each file is whole at any time."""
    digests = {path: _digest(files[path]) for path in sorted(files)}
    index = {"format": _FORMAT, "version": _VERSION, "form": form.value, "files": digests}
    try:
        for path in (*difference.new, *difference.changed):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            write_file(folder / path, files[path])
        write_file(folder / SITE_MANIFEST, (json.dumps(index, indent=1) + "\n").encode())
        for path in difference.stale:
            (folder / path).unlink(missing_ok=True)
    except OSError as error:
        raise CannotProceed(f"{folder} cannot be written: {error.strerror}") from error
