"""The files by which any web server answers for published guidelines: RefStack's API, ours, and a feed.

1. A path that is a folder elsewhere is `index.html` in it: every web server answers with that. It is JSON in ASCII, in
   which no sign stands that begins a tag, so that nobody's browser takes anything in it for a page.
2. `/v1/guidelines`, `/v1/guidelines/NAME` and `/v1/guidelines/NAME/tests` answer as RefStack's server did, with or
   without `.json`; of texts that RefStack knew no schema of, in schema 2.0. A static file knows no query: the list of
   tests is that of the required tests that are not flagged, with aliases, of the platform or the only program, and
   `/v1/guidelines/NAME/TARGET/tests` is that of another.
3. `/api/v2/guidelines`, `/api/v2/guidelines/ID` and `/api/v2/guidelines/SHA-256` answer as a server of ours.
4. Everything here follows from the index and the texts, byte for byte: it can be made again at any time.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final
from xml.etree import ElementTree as ET

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.members import with_members
from certmark.domain.published_revisions import PublishedRevision, newest_of
from certmark.domain.selection import IncludeList, ListForm
from certmark.formats.errors import FormatError
from certmark.formats.guideline.reading import read
from certmark.formats.guideline.refstack import groups_of, interop_text, program_meant, word_of
from certmark.trust.publications.documents import GuidelineIndex, index_payload, stamp, text_path

PLAIN_INDEX: Final = "index.json"
FEED: Final = "feed.atom"
_PAGE = "index.html"
_ATOM = "http://www.w3.org/2005/Atom"
_NO_TAG = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
_TARGET = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\Z")
_MOST_ENTRIES = 200
"""Of the feed."""


def static_files(index: GuidelineIndex, texts: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Paths below the folder and their contents; `texts` has the newest text of each guideline by its digest."""
    newest = list(newest_of(index.revisions).values())
    guidelines = {one.guideline: _read(one, texts[one.sha256]) for one in newest}
    yield from _refstack(guidelines)
    yield from _ours(index, newest, texts)
    yield FEED, _feed(index)
    yield PLAIN_INDEX, index_payload(index)


def _read(one: PublishedRevision, text: bytes) -> Guideline:
    return read(text, f"{one.guideline}.{one.form}")


def _refstack(guidelines: Mapping[str, Guideline]) -> Iterator[tuple[str, bytes]]:
    """Rule 2."""
    told = {}
    for identity, guideline in guidelines.items():
        try:
            told[identity] = _json(json.loads(interop_text(guideline)))
        except (FormatError, ValueError):
            continue  # schema 2.0 has no place for it: whoever asks is told that there is none
        answers = [(_PAGE, told[identity]), *_lists(guideline, guidelines)]
        for folder in (f"v1/guidelines/{identity}", f"v1/guidelines/{identity}.json"):
            yield from ((f"{folder}/{path}", content) for path, content in answers)
    yield f"v1/guidelines/{_PAGE}", _json(groups_of(told))


def _lists(guideline: Guideline, others: Mapping[str, Guideline]) -> Iterator[tuple[str, bytes]]:
    usual = _usual(guideline)
    if usual is not None:
        yield "tests", _tests(guideline, usual, others)
    for program in guideline.programs:
        word = word_of(program).casefold()
        if _TARGET.match(word) and word != "tests":
            yield f"{word}/tests", _tests(guideline, program, others)


def _usual(guideline: Guideline) -> Program | None:
    try:
        return program_meant(guideline, None)
    except InvalidRequest:
        return None


def _tests(guideline: Guideline, program: Program, others: Mapping[str, Guideline]) -> bytes:
    names = [PurePosixPath(one.source).stem for one in program.components if one.source]
    homes = [others[name] for name in names if name in others]
    whole = with_members(guideline, program, homes)
    return "\n".join(IncludeList(whole, program, (Level.REQUIRED,)).lines(ListForm.REFSTACK)).encode()


def _ours(
    index: GuidelineIndex, newest: Sequence[PublishedRevision], texts: Mapping[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    """Rule 3."""
    folder = "api/v2/guidelines"
    listed = [
        {
            "id": one.guideline,
            "sha256": one.sha256,
            "status": one.status or "",
            "source": index.name,
            "received": stamp(one.published),
        }
        for one in index.revisions
    ]
    yield f"{folder}/{_PAGE}", _json({"guidelines": listed})
    for one in newest:
        yield f"{folder}/{one.sha256}", texts[one.sha256]
        yield f"{folder}/{one.guideline}", texts[one.sha256]


def _json(document: Any) -> bytes:
    """Rule 1."""
    text = json.dumps(document, indent=1)
    return re.sub("[<>&]", lambda found: _NO_TAG[found[0]], text).encode("ascii") + b"\n"


def _feed(index: GuidelineIndex) -> bytes:
    """Each revision, the newest first (RFC 4287); links are relative to the feed's own address."""
    root = ET.Element("feed", xmlns=_ATOM)
    _put(root, "id", _urn(index.name))
    _put(root, "title", f"Guidelines of {index.name}")
    _put(root, "updated", stamp(max((one.published for one in index.revisions), default=index.issued)))
    ET.SubElement(root, "link", rel="self", type="application/atom+xml", href=FEED)
    _put(ET.SubElement(root, "author"), "name", index.name)
    newest = sorted(index.revisions, key=lambda one: (one.published, one.guideline, one.number), reverse=True)
    for one in newest[:_MOST_ENTRIES]:
        entry = ET.SubElement(root, "entry")
        _put(entry, "id", _urn(f"{index.name} {one.guideline} {one.number}"))
        _put(entry, "title", f"{one.name}: {one.status or 'no status'}")
        _put(entry, "updated", stamp(one.published))
        ET.SubElement(entry, "link", rel="alternate", href=text_path(one))
        _put(entry, "summary", f"SHA-256 {one.sha256}, {one.size:,} bytes")
    content: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return content + b"\n"


def _urn(what: str) -> str:
    """An id that stays wherever the folder is served from."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://certmark.example/guidelines {what}").urn


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
