"""A folder with every revision of some guidelines: `index.json` and, each under its digest, `revisions/<sha256>.json`.

`HISTORY/NAME@DATE` names the revision of the file NAME that held on DATE; `HISTORY@DATE` is for whoever chooses among
all files of that day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.guideline_history import GuidelineFileHistory, GuidelineHistory, GuidelineRevision
from certmark.domain.guidelines import Guideline
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.document import MAX_BYTES
from certmark.formats.guideline.reading import read

FORMAT, VERSION = "certmark-guideline-history", 1
INDEX = "index.json"
_LARGEST = 64 << 20
_DATED = re.compile(r"(.+)@(\d{4}-\d{2}-\d{2})\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class DatedName(NamedTuple):
    """What `HISTORY/NAME@DATE` names."""

    folder: Path
    """Where the index lies."""
    name: str
    """Of a file of the repository; empty: no file is named."""
    day: dt.date


def dated_name(named: str) -> DatedName | None:
    """What is named; None where it is no name with a date in a history. Raises InvalidGuideline for no date."""
    match = _DATED.match(named)
    if match is None or Path(named).exists():
        return None
    place = Path(match[1])
    folder = next((one for one in (place, *place.parents) if (one / INDEX).is_file()), None)
    if folder is None:
        return None
    try:
        day = dt.date.fromisoformat(match[2])
    except ValueError as error:
        raise InvalidGuideline(f"{excerpt(named)}: {match[2]} is no day of the calendar") from error
    return DatedName(folder, place.relative_to(folder).as_posix() if place != folder else "", day)


def read_history(folder: Path) -> GuidelineHistory:
    """The history that lies in `folder`. Raises InvalidGuideline or OSError."""
    where = str(folder / INDEX)
    with (folder / INDEX).open("rb") as file:
        data = file.read(_LARGEST + 1)
    fields = Fields(parse_document(data, where, InvalidGuideline, largest=_LARGEST), where, InvalidGuideline)
    fields.check_document(FORMAT, VERSION)
    files = tuple(
        GuidelineFileHistory(entry.text("path"), tuple(map(_revision, entry.items("revisions"))))
        for entry in fields.items("files")
    )
    return GuidelineHistory(fields.text("head"), files)


def _revision(fields: Fields) -> GuidelineRevision:
    digest = fields.maybe_text("sha256")
    if digest is not None and not _DIGEST.match(digest):
        fields.refuse("must be 64 hexadecimal digits", "sha256")
    return GuidelineRevision(
        fields.day("date"),
        fields.text("commit"),
        digest,
        fields.text("trouble", "", may_be_empty=True),
        repeated_keys=fields.content.get("repeated_keys") is True,
    )


def index_body(history: GuidelineHistory) -> dict[str, Any]:
    """What the index says, without its head."""
    return {
        "head": history.head,
        "files": [{"path": file.path, "revisions": [_entry(one) for one in file.revisions]} for file in history.files],
    }


def _entry(revision: GuidelineRevision) -> dict[str, Any]:
    told: dict[str, Any] = {"date": revision.day.isoformat(), "commit": revision.commit, "sha256": revision.sha256}
    if revision.trouble:
        told["trouble"] = revision.trouble
    if revision.repeated_keys:
        told["repeated_keys"] = True
    return told


def path_of(folder: Path, digest: str) -> Path:
    """Where the revision of this digest lies."""
    return folder / "revisions" / f"{digest}.json"


def load_revision(folder: Path, file: GuidelineFileHistory, revision: GuidelineRevision) -> Guideline:
    """The guideline of a revision that can be read; of a repeated key the last one counts.

    Raises InvalidGuideline, also where its bytes are not those of the index, or OSError.
    """
    place = path_of(folder, revision.sha256 or "")
    with place.open("rb") as content:
        data = content.read(MAX_BYTES + 1)
    if sha256(data).hexdigest() != revision.sha256:
        raise InvalidGuideline(f"{place.name[:16]}… is another text than the index says; import the history again")
    return read(data, file.path.rpartition("/")[2], last_counts=True)


def guidelines_on(folder: Path, history: GuidelineHistory, day: dt.date) -> Iterator[tuple[str, Guideline]]:
    """Path and guideline of each file as it held on `day`. Raises as `load_revision`."""
    for file in history.files:
        revision = file.held_on(day)
        if revision is not None:
            yield file.path, load_revision(folder, file, revision)
